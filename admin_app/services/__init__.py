"""The use cases of the office, one a module named by its verb; each is handed session, actor and clock.

The doors knock here, and nobody in this room knows which door it was: no Flask, no forms.  A service flushes and never
commits; a refusal is a sentence from `kernel.errors`.  One call::

    book_payment(session, group, amount=Money.of("120.00", "EUR"), actor=ann, clock=clock)
"""
