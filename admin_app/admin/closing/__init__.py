"""Month close at the desk: what is still to do, tax, aged list, statements, the journal for the adviser, the lock [91].

The modules hang their pages on one blueprint; `admin/pages.py` mounts it.  Rules live in the services.
"""

from admin_app.admin.closing import checklist, export, figures, statement, statements
from admin_app.admin.closing.desk import desk

__all__ = ["checklist", "desk", "export", "figures", "statement", "statements"]
