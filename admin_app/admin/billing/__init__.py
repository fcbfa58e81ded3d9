"""Bills at the desk: the To invoice tray, new bills of a contract, what is taken back of issued ones, service plans.

The modules hang their pages on one blueprint; `admin/pages.py` mounts it.  Rules live in the services.
"""

from admin_app.admin.billing import bill, cards, credit, credit_note, interest, losses, plans, steps, tray
from admin_app.admin.billing.desk import desk

__all__ = ["bill", "cards", "credit", "credit_note", "desk", "interest", "losses", "plans", "steps", "tray"]
