"""Who may do what, and who may see which rows: the one place that every door asks (design section 6).

The verbs: :func:`may` (an act), :func:`visible` (every select shown to anyone), :func:`explain` (the rule behind a
row).  Staff have rights by role (`permissions`, `staff`), clients see rows by named conditions (`clients`) within what
the switches leave on (`switches`).  A refusal is NotAllowed to staff and NotFound to everybody else.  One call::

    session.scalars(visible(actor, select(CustomerGroup)))
"""

from admin_app.policy.client_grants import CLIENT_GRANTS
from admin_app.policy.clients import CLIENT_RULES, client_condition
from admin_app.policy.conditions import Condition
from admin_app.policy.permissions import FIELD_CREWS, GRANTS, Permission
from admin_app.policy.reasons import Reason, reasons, reasons_for_each
from admin_app.policy.staff import RIGHTS
from admin_app.policy.switches import (
    SWITCHES,
    Closed,
    Proposed,
    Standing,
    as_client,
    client_scope,
    clients_of,
    link_scope,
    modules_of,
    scopes_of,
    standing_of,
)
from admin_app.policy.verbs import (
    demand,
    demand_for,
    explain,
    holds,
    may,
    rights_of,
    scope,
    sees_field,
    visible,
)

__all__ = [
    "CLIENT_GRANTS",
    "CLIENT_RULES",
    "FIELD_CREWS",
    "GRANTS",
    "RIGHTS",
    "SWITCHES",
    "Closed",
    "Condition",
    "Permission",
    "Proposed",
    "Reason",
    "Standing",
    "as_client",
    "client_condition",
    "client_scope",
    "clients_of",
    "demand",
    "demand_for",
    "explain",
    "holds",
    "link_scope",
    "may",
    "modules_of",
    "reasons",
    "reasons_for_each",
    "rights_of",
    "scope",
    "scopes_of",
    "sees_field",
    "standing_of",
    "visible",
]
