"""The state × step matrix of the documents, typed by hand from requirements 4.2 and design section 5.

Document → state → the steps that lead out of it.  Steps that only the program takes stand in `BY_THE_PROGRAM`; people
are not offered them.  Nothing here is derived from the tables: that is the point of it.
"""

from __future__ import annotations

MATRIX: dict[str, dict[str, set[str]]] = {
    "lead": {
        "draft": {"accept", "work", "postpone", "estimate", "decline"},
        "for approval": {"accept", "work", "postpone", "estimate", "decline"},
        "new": {"work", "postpone", "estimate", "decline"},
        "custom": {"renew", "work", "postpone", "estimate", "decline"},
        "estimated": {"set_back"},
        "postponed": {"postpone", "resume", "come_back", "estimate", "decline"},
        "declined": {"reopen"},
    },
    "estimate": {
        "draft": {"send"},
        "sent": {"request_changes", "confirm", "decline", "expire", "revise"},
        "changes requested": {"decline", "expire", "revise"},
        "confirmed": {"revise"},
        "declined": {"revise"},
        "expired": {"revise"},
        "superseded": {"reinstate"},
    },
    "workorder": {
        "new": {"schedule", "start", "cancel"},
        "scheduled": {"schedule", "unschedule", "start", "cancel"},
        "in progress": {"finish", "complete", "cancel"},
        "finished": {"complete", "reopen"},
        "completed": {"reopen"},
        "cancelled": set(),
    },
    "service": {
        "open": {"start", "complete", "cancel"},
        "in progress": {"complete", "reopen", "cancel"},
        "completed": {"reopen"},
        "cancelled": {"reopen"},
    },
    "invoice": {
        "draft": {"issue"},
        "issued": {"void"},
        "void": set(),
    },
}

BY_THE_PROGRAM: dict[str, set[str]] = {
    "lead": {"estimate", "come_back", "set_back"},
    "estimate": {"expire", "reinstate"},
    "workorder": set(),
    "service": set(),
    "invoice": set(),
}

LEADS_TO: dict[tuple[str, str], set[str]] = {
    ("lead", "accept"): {"new"},
    ("lead", "renew"): {"new"},
    ("lead", "work"): {"custom"},
    ("lead", "postpone"): {"postponed"},
    ("lead", "resume"): {"new"},
    ("lead", "come_back"): {"new"},
    ("lead", "estimate"): {"estimated"},
    ("lead", "set_back"): {"new"},
    ("lead", "decline"): {"declined"},
    ("lead", "reopen"): {"new"},
    ("estimate", "send"): {"sent"},
    ("estimate", "request_changes"): {"changes requested"},
    ("estimate", "confirm"): {"confirmed"},
    ("estimate", "decline"): {"declined"},
    ("estimate", "expire"): {"expired"},
    ("estimate", "revise"): {"superseded"},
    ("estimate", "reinstate"): {"confirmed", "sent"},
    ("workorder", "schedule"): {"scheduled"},
    ("workorder", "unschedule"): {"new"},
    ("workorder", "start"): {"in progress"},
    ("workorder", "finish"): {"finished"},
    ("workorder", "complete"): {"completed"},
    ("workorder", "reopen"): {"in progress"},
    ("workorder", "cancel"): {"cancelled"},
    ("service", "start"): {"in progress"},
    ("service", "complete"): {"completed"},
    ("service", "reopen"): {"open"},
    ("service", "cancel"): {"cancelled"},
    ("invoice", "issue"): {"issued"},
    ("invoice", "void"): {"void"},
}


def offered(document: str, state: str) -> set[str]:
    """The steps that a person with every right is shown in a state."""
    return MATRIX[document][state] - BY_THE_PROGRAM[document]
