"""Pages of the portal: each states for whom it is, and reads rows through the policy alone (security.md, "Access")."""

import ast
from collections.abc import Iterator
from pathlib import Path

from admin_app.models import Entity
from admin_app.policy import CLIENT_RULES, as_client  # noqa: F401  (the policy knows its entities)
from admin_app.portal.pages import pages
from admin_app.web.clients import LINK, PORTAL, SEE_AS, ClientRule
from tests.house.house import APP, called_name, place, tree_of

PORTAL_ROOM = APP / "portal"
DOOR = frozenset({"chooser", "door", "entry", "frame", "logo", "own_password"})
"""Modules of whoever has not come in yet, and of the frame: they speak of accounts, brands and looks alone."""
NOBODYS = frozenset({"Brand", "Company"})
"""What belongs to no customer: the name and the provider of a brand."""
BOOKED_NOT_SHOWN = frozenset({("paying", "Checkout"), ("paying", "DocumentLink")})
"""What the provider tells of an older attempt at the same bill is booked, and the link to a receipt is an address: the
client is shown nothing of either row."""
THROUGH_THE_POLICY = frozenset({"visible", "things", "page_of", "thing", "how_many"})
READS_BY_ID = frozenset({"get", "get_one"})
KINDS = {mapper.class_.__name__ for mapper in Entity.registry.mappers}


def test_every_page_states_for_whom_it_is(app):
    stated = {
        rule.endpoint: getattr(app.view_functions[rule.endpoint], "access_rule", None)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in (PORTAL, LINK, SEE_AS)
    }

    assert len(stated) > 60 and pages.name == "portal_pages"
    assert not {endpoint for endpoint, rule in stated.items() if not isinstance(rule, ClientRule)}


def test_the_three_ways_lead_to_the_same_pages(app):
    ways = {
        way: {
            rule.endpoint.partition(".")[2]
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith(f"{way}.")
        }
        for way in (PORTAL, LINK, SEE_AS)
    }

    assert ways[PORTAL] == ways[LINK] == ways[SEE_AS]


def modules_of_pages() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted(PORTAL_ROOM.rglob("*.py")):
        if file.stem not in DOOR:
            yield file, tree_of(file)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


def test_no_page_reads_a_record_by_its_number():
    by_id = [
        place(file, call)
        for file, tree in modules_of_pages()
        for call in calls(tree)
        if called_name(call) in READS_BY_ID
        and call.args
        and isinstance(call.args[0], ast.Name)
        and call.args[0].id in KINDS
        and (file.stem, call.args[0].id) not in BOOKED_NOT_SHOWN
    ]

    assert not by_id, "read it with `thing`, which asks the policy"


def test_every_select_of_a_page_passes_the_policy():
    """A function that selects records hands them to the policy, or gives the query to one that does."""
    past_it = [
        place(file, function)
        for file, tree in modules_of_pages()
        for function in functions(tree)
        if any(_selects_records(call, file.stem) for call in calls(function)) and not _passes(function)
    ]

    assert not past_it, "rows reach a page through `things`, `page_of` or `visible`"


def _selects_records(call: ast.Call, module: str) -> bool:
    named = {node.id for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Name)}
    records = {kind for kind in (named & KINDS) - NOBODYS if (module, kind) not in BOOKED_NOT_SHOWN}
    return called_name(call) == "select" and bool(records)


def _passes(function: ast.FunctionDef) -> bool:
    gives_the_query = function.returns is not None and "Select" in ast.unparse(function.returns)
    return gives_the_query or any(called_name(call) in THROUGH_THE_POLICY for call in calls(function))


def test_no_page_asks_the_session_for_records_by_a_bare_select():
    """`session.scalars(select(Invoice))` has no place in a page, whatever stands around it."""
    bare = [
        place(file, call)
        for file, tree in modules_of_pages()
        for call in calls(tree)
        if called_name(call) in ("scalars", "scalar", "execute", "query")
        for argument in call.args
        if any(_selects_records(one, file.stem) for one in calls(argument))
        and not any(called_name(one) == "visible" for one in calls(argument))
    ]

    assert not bare
