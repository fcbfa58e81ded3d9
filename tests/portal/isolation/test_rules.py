"""The policy and the slow rule say the same of everybody and everything [105-109, 114, 117, W12, W33, I16]."""

from itertools import islice
from typing import Any

import pytest
from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.orm import aliased

from admin_app.kernel.actor import ClientScope
from admin_app.models import Company, Estimate, Invoice, PortalModule
from admin_app.policy import Closed, as_client, explain, visible
from admin_app.records.guard import allow_bulk
from tests.portal.isolation.compare import KINDS, Comparison, actor_of, tell


@pytest.mark.parametrize(
    "company",
    [{}, {"portal_hides": ["proposals", "messages"]}, {"portal_enabled_default": False}],
    ids=["as it stands", "the company hides parts", "the company switched it off"],
)
def test_the_policy_shows_what_the_slow_rule_shows(session, company):
    if company:
        with allow_bulk("a test"):
            session.execute(update(Company).values(**company))
    compared = Comparison(session)

    assert list(islice(compared.doors(), 20)) == []
    assert list(islice(compared.differences(), 20)) == []
    tell(f"{len(compared.visitors)} visitors, {compared.triples:,} pairs of somebody and a record compared")
    assert compared.triples > 400_000


def test_the_sentence_that_explains_a_row_agrees_with_what_is_shown(session):
    """For each visitor and kind, one row that is shown and one that is hidden [L4]."""
    compared = Comparison(session)
    wrong = []
    for visitor in compared.visitors[:: len(compared.visitors) // 40]:
        scope = visitor.scope()
        if visitor.view is None or isinstance(scope, Closed):
            continue
        for table, kind in KINDS.items():
            shown = compared.expected[visitor.view][table]
            hidden = compared.rows.tables[table].keys() - shown
            for number in (*sorted(shown)[:1], *sorted(hidden)[:1]):
                told = explain(actor_of(scope), session.get_one(kind, number))
                if told.startswith("Shown: ") is not (number in shown):
                    wrong.append(f"{visitor.name}, {table} {number}: {told}")

    assert not wrong


def test_a_select_for_a_client_that_does_not_name_its_records_is_refused(session):
    """Counts and other names would pass by the conditions; such a select is a mistake of ours, and is told so."""
    client = as_client("Somebody", ClientScope(1, 1, modules=frozenset(PortalModule)))

    queries: list[Select[Any]] = [
        select(func.count()).select_from(Invoice),
        select(aliased(Invoice)),
        select(Invoice.id).add_columns(aliased(Estimate).id),
        select(literal(1)),
    ]
    for query in queries:
        with pytest.raises(TypeError, match="names the records"):
            visible(client, query)
    narrowed = visible(client, select(func.sum(Invoice.balance)))
    assert "invoice.group_id" in str(narrowed)
