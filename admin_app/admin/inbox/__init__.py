"""The inbox: what clients wrote and nobody has answered yet, requests of strangers, mentions of colleagues [100, 103].

The modules hang their pages on one blueprint; `admin/pages.py` mounts it.  Rules live in the services.
"""

from admin_app.admin.inbox import acts, changes, customer, page, thread
from admin_app.admin.inbox.desk import desk

__all__ = ["acts", "changes", "customer", "desk", "page", "thread"]
