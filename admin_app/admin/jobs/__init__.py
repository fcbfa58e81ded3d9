"""Workorders as those who do them see them: by day, one page a job, its forms, its time; no prices anywhere.

One blueprint, `desk`; each module below adds the pages of one concern to it when it is imported here.  The office uses
the same pages for forms and time from the workspace of a project.
"""

from admin_app.admin.jobs import days, forms, job, no_signal, photos, site, time
from admin_app.admin.jobs.desk import desk

__all__ = ["days", "desk", "forms", "job", "no_signal", "photos", "site", "time"]
