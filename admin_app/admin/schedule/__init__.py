"""The schedule: who is where by week and by day, moving one job or a whole day, and its feeds [95-97, A70, A71].

One blueprint, `page`; each module below adds the pages of one concern to it when it is imported here.  `door` opens
the secret addresses that calendar programs read.
"""

from admin_app.admin.schedule import day_move, feed, moving, planning, week
from admin_app.admin.schedule.desk import page
from admin_app.admin.schedule.feed import door

__all__ = ["day_move", "door", "feed", "moving", "page", "planning", "week"]
