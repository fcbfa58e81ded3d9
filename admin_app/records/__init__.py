"""What reads the declarations below the doors: history, search text, lists, moving data in and out.

Importing this room switches the history on: from then on every change through an OfficeSession is written down, marks
the kept totals that it puts behind, and bulk statements past the history are refused.  Services and everything above
may knock.  One call::

    session.scalars(select(CustomerGroup).where(search_condition(session, CustomerGroup, "lukasz 0123")))
"""

from admin_app.money import dirty
from admin_app.records import guard, history

__all__ = ["dirty", "guard", "history"]
