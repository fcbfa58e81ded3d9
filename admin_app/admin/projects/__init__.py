"""The workspace of a project: one frame, and a tab for its customer and for each of its documents.

One blueprint, `desk`; each module below adds the pages of one concern to it when it is imported here.
"""

from admin_app.admin.projects import (
    beside,
    customer,
    estimate,
    estimate_editor,
    estimate_steps,
    estimate_terms,
    forced,
    index,
    invoice,
    lead,
    lead_acts,
    messages,
    overview,
    work,
    work_costs,
    work_plan,
)
from admin_app.admin.projects.desk import desk

__all__ = [
    "beside",
    "customer",
    "desk",
    "estimate",
    "estimate_editor",
    "estimate_steps",
    "estimate_terms",
    "forced",
    "index",
    "invoice",
    "lead",
    "lead_acts",
    "messages",
    "overview",
    "work",
    "work_costs",
    "work_plan",
]
