"""The bank at the desk: statements come in, their lines are booked, attached, set aside or opened again [92].

The modules hang their pages on one blueprint; `admin/pages.py` mounts it.  Rules live in the services.
"""

from admin_app.admin.bank import exact, files, line, queue
from admin_app.admin.bank.desk import desk

__all__ = ["desk", "exact", "files", "line", "queue"]
