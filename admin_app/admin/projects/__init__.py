"""The workspace of a project: one frame, and a tab for its customer and for each of its documents.

One blueprint, `desk`; each module below adds the pages of one concern to it when it is imported here.
"""

from admin_app.admin.projects import lead, lead_acts, overview
from admin_app.admin.projects.desk import desk

__all__ = ["desk", "lead", "lead_acts", "overview"]
