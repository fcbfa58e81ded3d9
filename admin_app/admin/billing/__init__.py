"""Bills at the desk: the To invoice tray, new bills of a contract, and what is taken back from issued ones.

The modules hang their pages on one blueprint; `admin/pages.py` mounts it.  Rules live in the services.
"""

from admin_app.admin.billing import bill, steps, tray
from admin_app.admin.billing.desk import desk

__all__ = ["bill", "desk", "steps", "tray"]
