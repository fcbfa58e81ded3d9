"""How many get in, counted for all at once, is what the policy says of each: before and after a change [108, W32]."""

import itertools

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import ClientScope
from admin_app.models import (
    AccessState,
    Brand,
    CustomerGroup,
    DocumentLink,
    Membership,
    PortalAccount,
    PortalModule,
    ProjectAccess,
)
from admin_app.policy import client_scope, link_scope
from admin_app.services.portal.keep_switches import keep_everywhere, keep_for_customer, keep_for_member
from admin_app.services.portal.who_gets_in import Level, Wanted, count_reach, what_follows
from seeds.builders import a_brand, a_company, a_contact, a_group, an_event
from seeds.portal_builders import a_document_link, a_portal_account, access_to
from seeds.work_builders import a_project, an_estimate
from tests.services.desk import Desk


@pytest.fixture
def world(session, ann, clock):
    """Customers of two brands and of none; people who belong, who have a project, who were shut out or switched off."""
    a_company(session, portal_enabled_default=True)
    north = a_brand(session, name="North", key="north", is_default=True)
    south = a_brand(session, name="South", key="south", portal_hides=["files"])
    made = []
    for number, brand in enumerate((north, south, None)):
        group = a_group(session, name=f"Customer {number}", brand_id=brand.id if brand else None)
        clara = a_contact(session, group, primary=True, email=f"clara{number}@client.test")
        otto = a_contact(session, group, email=f"otto{number}@client.test")
        gone = a_contact(session, group, email=f"gone{number}@client.test")
        nina = a_contact(session, group, email=f"nina{number}@client.test")
        a_portal_account(session, clara)
        a_portal_account(session, gone, active=False)
        project = a_project(session, group)
        access_to(session, project, clara)
        access_to(session, project, otto, state=AccessState.REVOKED)
        estimate = an_estimate(session, project)
        event = an_event(session, group, project_id=project.id)
        invoice = Desk(session, ann, clock, group).invoice("10.00")
        for about, contact in itertools.product((estimate, event, invoice), (clara, otto, gone, nina, None)):
            a_document_link(session, about, contact)
        made.append((group, clara))
    # Somebody from elsewhere takes part, and one customer is archived.
    access_to(session, session.scalars(select(ProjectAccess)).first().project, made[2][1])
    lost = a_group(session, name="Lost", archived_at=clock.now())
    a_portal_account(session, a_contact(session, lost, email="lost@client.test"))
    session.flush()
    return north, south, made[0][0]


def one_by_one(session):
    """The same figures, asked of the policy for each user and each link."""
    session.flush()
    session.expire_all()
    users, modules = 0, dict.fromkeys(PortalModule, 0)
    groups = session.scalars(select(CustomerGroup.id)).all()
    for account in session.scalars(select(PortalAccount)):
        scopes = [client_scope(session, account.contact_id, group) for group in groups]
        open_ones = [one for one in scopes if isinstance(one, ClientScope)]
        users += bool(open_ones)
        for module in PortalModule:
            modules[module] += any(module in one.modules for one in open_ones)
    links = sum(
        isinstance(link_scope(session, one), ClientScope) for one in session.scalars(select(DocumentLink))
    )
    return users, links, modules


def figures(reach):
    return reach.users, reach.links, dict(reach.modules)


def test_the_count_of_all_is_what_the_policy_says_of_each(session, world):
    assert figures(count_reach(session)) == one_by_one(session)
    users, links, modules = one_by_one(session)
    assert users == 3, "the three Claras; whoever is off or archived does not get in"
    assert links > 9 and modules[PortalModule.FILES] < users


@pytest.mark.parametrize("case", ["company", "brand", "usual brand", "customer", "modules"])
def test_what_is_foretold_is_what_is_there_once_it_is_saved(session, ann, world, case):
    """[W32, W33]"""
    north, south, group = world
    wanted = {
        "company": Wanted(company=Level(on=False)),
        "brand": Wanted(brands={south.id: Level(on=False, hides=frozenset())}),
        "usual brand": Wanted(brands={north.id: Level(on=False)}),
        "customer": Wanted(groups={group.id: Level(on=False, hides=frozenset({"jobs"}))}),
        "modules": Wanted(
            company=Level(hides=frozenset({"invoices", "messages"})),
            brands={south.id: Level(hides=frozenset({"appointments"}))},
        ),
    }[case]
    foretold, before = count_reach(session, wanted), figures(count_reach(session))

    keep_everywhere(session, wanted, ann)
    for number, level in wanted.groups.items():
        keep_for_customer(session, session.get_one(CustomerGroup, number), level, ann)

    assert figures(foretold) == one_by_one(session)
    assert figures(foretold) != before
    assert figures(count_reach(session)) == figures(foretold)


def test_the_sentences_carry_the_numbers(session, ann, world):
    """[W32] "3 portal users lose access": who loses the portal is not told of each of its parts too."""
    links = count_reach(session).links

    off = what_follows(session, Wanted(company=Level(on=False)))
    assert off.sentences == ("3 portal users lose access", f"{links} links stop working")
    assert off.takes_away

    fewer = what_follows(session, Wanted(company=Level(hides=frozenset({"jobs"}))))
    assert fewer.sentences == ("3 portal users no longer see jobs",)

    keep_everywhere(session, Wanted(company=Level(on=False)), ann)
    on = what_follows(session, Wanted(company=Level(on=True)))
    assert on.sentences == ("3 portal users get in", f"{links} links work again")
    assert not on.takes_away

    assert what_follows(session, Wanted()).sentences == ()


def test_one_customer_is_counted_alone(session, world):
    _, _, group = world

    off = what_follows(session, Wanted(groups={group.id: Level(on=False)}), group.id)

    # Clara of the third customer takes part in a project of this one.
    assert off.sentences[0] == "2 portal users lose access"


def test_what_one_user_does_not_see_is_counted(session, ann, world):
    """[W28]"""
    _, _, group = world
    member = session.scalars(select(Membership).where(Membership.group_id == group.id)).first()

    keep_for_member(session, member, {"invoices", "files"}, ann)

    assert member.portal_hides == ["files", "invoices"], "in the order of the portal"
    assert figures(count_reach(session)) == one_by_one(session)


def test_brands_keep_what_is_not_asked_of_them(session, ann, world):
    _, south, _ = world

    keep_everywhere(session, Wanted(brands={south.id: Level(on=False)}), ann)

    assert session.get_one(Brand, south.id).portal_hides == ["files"]
