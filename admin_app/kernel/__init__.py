"""Values that need nothing but Python: money, rounding, dates, text, clocks and refusals.

Anybody may knock here; this room imports nobody.  One call::

    Money.of("12.345", "EUR")  # → 12.35 EUR, rounded half up in one place
"""
