"""Today, the first page: what needs a person now, each line with its rows and its one action [68].

`front_desk.py` opens the page; here stand the lists behind its lines and the choice of brand and "mine".
"""

from __future__ import annotations

from admin_app.admin.today import rows
from admin_app.admin.today.desk import desk

__all__ = ["desk", "rows"]
