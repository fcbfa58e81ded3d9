"""Each condition of the policy is needed: taken away in turn, the slow rule notices every time [114].

A removal that nobody noticed would mean that the world lacks the case for which the condition stands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, true

from admin_app.kernel.actor import ClientScope
from admin_app.models import Entity, Estimate, Invoice, PortalModule
from admin_app.policy import CLIENT_GRANTS, CLIENT_RULES, Permission, may, switches
from admin_app.policy.client_grants import _anything
from tests.portal.isolation.compare import KINDS, Comparison, actor_of, tell
from tests.portal.isolation.expected import View

CONDITIONS = [(kind, place) for kind, rules in CLIENT_RULES.items() for place in range(len(rules))]
GRANTED = [permission for permission, beyond in CLIENT_GRANTS.items() if beyond is not _anything]
"""Those that ask for more than to see the thing; the others ask for nothing more, so nothing can be taken away."""


@contextmanager
def without(kind: type[Any], place: int) -> Iterator[None]:
    """The rules as if one condition always held."""
    rules = CLIENT_RULES[kind]
    CLIENT_RULES[kind] = (
        *rules[:place],
        replace(rules[place], holds=lambda _scope: true()),
        *rules[place + 1 :],
    )
    try:
        yield
    finally:
        CLIENT_RULES[kind] = rules


@contextmanager
def without_switch(place: int) -> Iterator[None]:
    """The switches as if one of them were always on."""
    kept = switches.SWITCHES
    switches.SWITCHES = (
        *kept[:place],
        replace(kept[place], holds=lambda _standing: True),
        *kept[place + 1 :],
    )
    try:
        yield
    finally:
        switches.SWITCHES = kept


@contextmanager
def without_demand(permission: Permission) -> Iterator[None]:
    """The rights as if one of them asked for nothing beyond seeing the thing."""
    kept = CLIENT_GRANTS[permission]
    CLIENT_GRANTS[permission] = _anything
    try:
        yield
    finally:
        CLIENT_GRANTS[permission] = kept


def test_every_condition_that_is_taken_away_is_noticed(session):
    compared = Comparison(session)
    unnoticed = []
    for kind, place in CONDITIONS:
        with without(kind, place):
            if next(compared.differences(kind), None) is None:
                unnoticed.append(f"{kind.__name__}: {CLIENT_RULES[kind][place].name}")

    tell(f"{len(CONDITIONS)} conditions taken away")
    assert not unnoticed
    assert next(compared.differences(*CLIENT_RULES), None) is None, "they are all back"


def test_a_record_that_no_rule_names_is_shown_as_soon_as_one_does(session):
    """So the comparison sees the kinds that are nobody's business: notes, tasks, costs, hours."""
    compared = Comparison(session)
    named = set(CLIENT_RULES)
    unnoticed = []
    for kind in set(KINDS.values()) - named:
        if not compared.rows.tables[kind.__tablename__]:
            continue
        CLIENT_RULES[kind] = (replace(CLIENT_RULES[Invoice][0], holds=lambda _scope: true()),)
        try:
            if next(compared.differences(kind), None) is None:
                unnoticed.append(kind.__name__)
        finally:
            del CLIENT_RULES[kind]

    assert not unnoticed


@pytest.mark.parametrize("switch", switches.SWITCHES, ids=lambda switch: switch.name)
def test_every_switch_that_is_taken_away_is_noticed(session, switch):
    if switch.name == "company_on":
        from tests.portal.isolation.world import company_of

        company_of(session).portal_enabled_default = False
        session.flush()
    compared = Comparison(session)

    with without_switch(switches.SWITCHES.index(switch)):
        assert next(compared.doors(), None) is not None
    assert next(compared.doors(), None) is None


def _may(view: View, permission: Permission, thing: Any) -> bool:
    """What a client may do with what they see, said slowly."""
    in_person = view.document is None
    match permission:
        case Permission.ANSWER_ESTIMATE:
            if view.contact is None:
                return False
            return thing is None or thing.project_id in view.opened
        case Permission.WRITE_AS_CLIENT:
            return PortalModule.MESSAGES in view.modules
        case Permission.ASK_FOR_WORK:
            return in_person and PortalModule.REQUESTS in view.modules
        case Permission.KEEP_OWN_DETAILS:
            return in_person
        case Permission.PAY_ONLINE | Permission.ANSWER_APPOINTMENT:
            return True
        case _:
            return False


def wrong_acts(session: Any, compared: Comparison, *permissions: Permission) -> Iterator[str]:
    """Where the policy allows another act than the slow rule: with nothing in hand, and with things of two kinds."""
    in_hand: dict[type[Entity], list[Any]] = {
        kind: list(session.scalars(select(kind).where(kind.id % 7 == 0))) for kind in (Estimate, Invoice)
    }
    for visitor in compared.visitors:
        scope = visitor.scope()
        if visitor.view is None or not isinstance(scope, ClientScope):
            continue
        seen = compared.expected[visitor.view]
        for permission in permissions:
            for thing in (None, *in_hand[Estimate], *in_hand[Invoice]):
                if permission is Permission.ANSWER_ESTIMATE and isinstance(thing, Invoice):
                    continue
                shown = thing is None or thing.id in seen[type(thing).__tablename__]
                told = may(actor_of(scope), permission, thing)
                if told is not (shown and _may(visitor.view, permission, thing)):
                    yield f"{visitor.name}: {permission.name} of {thing}: {told}"
                if may(actor_of(replace(scope, preview=True)), permission, thing):
                    yield f"{visitor.name}: a preview may {permission.name}"


def test_clients_may_do_what_the_slow_rule_allows(session):
    compared = Comparison(session)

    assert not list(wrong_acts(session, compared, *CLIENT_GRANTS))


def test_no_right_of_the_staff_is_a_clients(session):
    compared = Comparison(session)
    scopes = [scope for visitor in compared.visitors if isinstance(scope := visitor.scope(), ClientScope)]

    held = {
        permission
        for permission in Permission
        for scope in scopes
        if may(actor_of(scope), permission) and permission not in CLIENT_GRANTS
    }
    assert not held


@pytest.mark.parametrize("permission", GRANTED, ids=lambda permission: permission.name)
def test_every_demand_of_a_right_that_is_taken_away_is_noticed(session, permission):
    compared = Comparison(session)

    with without_demand(permission):
        assert next(wrong_acts(session, compared, permission), None) is not None
