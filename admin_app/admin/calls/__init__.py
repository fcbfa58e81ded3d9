"""New call: one form from any page, by keyboard alone, from the first digits of a number to the appointment [44, A52].

One blueprint, `desk`; `form.py` reads what was typed, `new_call.py` shows and saves it, `look_ups.py` answers while it
is typed.
"""

from __future__ import annotations

from admin_app.admin.calls import look_ups, new_call
from admin_app.admin.calls.desk import desk

__all__ = ["desk", "look_ups", "new_call"]
