"""Moving customers in: the rules of design section 11 about groups, contacts, addresses and tags [P24, R5, 38-40]."""

from sqlalchemy import func, select

from admin_app.models import (
    Address,
    AuditEntry,
    Brand,
    Contact,
    CustomerGroup,
    EmailClaim,
    EmailUse,
    GroupKind,
    Membership,
    SearchDoc,
    Tag,
    User,
)
from tests.services.moving import said

GROUPS = """
external_id,name,kind,notes,created_at,brand
G1,Ash Ltd,business,"line one
line two",2022-01-19 17:11:59,north
G2,Birk household,household,,2023-05-01 08:00:00,north
"""
CONTACTS = """
external_id,first_name,last_name,email,phone,groups,is_primary
C1,Ann,Ash,ann@ash.example,+44 20 5650059,G1;G2,0
C2,Łukasz,Kučera,,+44 20 7000000,G1,1
C3,Bo,Birk,bo@birk.example,,G2,0
"""


def test_customers_with_people_places_and_tags_come_in(move, rows):
    outcome = move(
        groups=GROUPS,
        contacts=CONTACTS,
        addresses="group,line1,city,postcode,country,is_billing,is_site,lat\nG1,1 Mill Street,Porto,4727,PT,1,0,-8.5",
        tags="group,tag\nG1,VIP\nG1,vip\nG2,VIP",
    )

    assert not outcome.refused
    with rows() as session:
        ash = session.scalars(select(CustomerGroup).where(CustomerGroup.external_id == "G1")).one()
        assert (ash.name, ash.kind, ash.sort_name) == ("Ash Ltd", GroupKind.BUSINESS, "ash ltd")
        assert ash.notes == "line one\nline two"
        assert ash.created_at.isoformat() == "2022-01-19T17:11:59+00:00"
        assert ash.brand is not None and ash.brand.key == "north"
        assert [tag.name for tag in ash.tags] == ["VIP"]
        place = session.scalars(select(Address)).one()
        assert (place.lat, place.is_billing, place.country) == (-8.5, True, "PT")
        assert session.scalar(select(func.count(Tag.id))) == 1
        assert session.scalar(select(func.count(Brand.id))) == 1
    assert any("“north” was not known" in sentence for *_, sentence in said(outcome, "warning"))


def test_primary_speaks_of_the_first_group_and_without_a_flag_the_first_contact_is_it(move, rows):
    move(groups=GROUPS, contacts=CONTACTS)

    with rows() as session:
        primary = session.execute(
            select(CustomerGroup.external_id, Contact.external_id)
            .join(Membership, Membership.group_id == CustomerGroup.id)
            .join(Contact, Contact.id == Membership.contact_id)
            .where(Membership.is_primary)
            .order_by(CustomerGroup.external_id)
        ).all()
    assert primary == [("G1", "C2"), ("G2", "C1")]


def test_of_two_primaries_the_first_stays_with_a_warning(move, rows):
    outcome = move(
        groups="external_id,name\nG1,Ash",
        contacts="external_id,last_name,groups,is_primary\nC1,Ash,G1,0\nC2,Birk,G1,1\nC3,Cole,G1,1",
    )

    with rows() as session:
        names = session.scalars(
            select(Contact.last_name)
            .join(Membership, Membership.contact_id == Contact.id)
            .where(Membership.is_primary)
        ).all()
    assert names == ["Birk"]
    assert ("contacts.csv", 4, "is_primary") in [finding[:3] for finding in said(outcome, "warning")]


def test_of_two_billing_addresses_the_first_stays_with_a_warning(move, rows):
    outcome = move(
        groups="external_id,name\nG1,Ash",
        addresses="group,line1,is_billing,is_site\nG1,1 A Street,1,0\nG1,2 B Street,1,1",
    )

    with rows() as session:
        assert session.scalars(select(Address.line1).where(Address.is_billing)).all() == ["1 A Street"]
        assert session.scalar(select(func.count(Address.id))) == 2
    assert ("addresses.csv", 3, "is_billing") in [finding[:3] for finding in said(outcome, "warning")]


def test_a_known_email_joins_that_contact_to_the_groups_of_the_row(move, rows):
    """[R5]"""
    move(
        groups="external_id,name\nG1,Ash",
        contacts="external_id,last_name,email,groups\nC1,Ash,ann@ash.example,G1",
    )

    outcome = move(
        groups="external_id,name\nG2,Birk",
        contacts="external_id,last_name,email,groups\nC7,Ashe,ANN@ash.example,G2\nC8,Ash,new@ash.example,G2\n"
        "C9,Ash,new@ash.example,G2",
    )

    assert not outcome.refused
    with rows() as session:
        assert sorted(session.scalars(select(Contact.external_id))) == ["C1", "C8"]
        ann = session.scalars(select(Contact).where(Contact.email_key == "ann@ash.example")).one()
        assert ann.last_name == "Ash"
        assert sorted(place.group.external_id for place in ann.memberships) == ["G1", "G2"]
    assert any("known with another name" in sentence for *_, sentence in said(outcome, "warning"))


def test_an_email_claimed_by_staff_is_refused_with_its_row(move, rows):
    with rows() as session:
        session.add(User(name="Ann", email="ann@office.example"))
        session.add(EmailClaim(email_key="old@office.example", use=EmailUse.STAFF))

    outcome = move(
        groups="external_id,name\nG1,Ash",
        contacts="external_id,last_name,email,groups\nC1,A,ann@office.example,G1\nC2,B,old@office.example,G1\nC3,C,,G1",
    )

    assert [finding[:3] for finding in said(outcome)] == [
        ("contacts.csv", 2, "email"),
        ("contacts.csv", 3, "email"),
    ]
    with rows() as session:
        assert session.scalars(select(Contact.external_id)).all() == ["C3"]


def test_good_rows_are_kept_and_each_bad_one_is_named_by_row_column_and_value(move, rows):
    """[40]"""
    outcome = move(
        groups="external_id,name,kind,rating\nG1,Ash,business,5\nG2,,business,\nG3,Birk,firm,\nG4,Cole,team,9\nG1,Twin,team,",
        contacts="external_id,last_name,email,groups\nC1,Ash,not a mail,G1\nC2,,,G1\nC3,Birk,,G9",
    )

    assert [finding[:3] for finding in said(outcome)] == [
        ("groups.csv", 3, "name"),
        ("groups.csv", 4, "kind"),
        ("groups.csv", 5, "rating"),
        ("contacts.csv", 2, "email"),
        ("contacts.csv", 3, "last_name"),
        ("groups.csv", 6, "external_id"),
        ("contacts.csv", 4, "groups"),
    ]
    assert "“firm” is not one of: household, business, team" in [sentence for *_, sentence in said(outcome)]
    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Ash"]
        assert session.scalar(select(func.count(Contact.id))) == 0
    tally = outcome.tallies["groups.csv"]
    assert (tally.rows, tally.created, tally.updated, tally.skipped, tally.errors) == (5, 1, 0, 0, 4)
    listed = outcome.errors_file.read_text(encoding="utf-8-sig").splitlines()
    assert listed[0] == "severity,file,row,column,value,sentence"
    assert "error,groups.csv,4,kind,firm,“firm” is not one of: household, business, team" in listed[
        2
    ].replace('"', "")


def test_groups_without_contacts_are_kept_with_a_warning(move, rows):
    outcome = move(groups=GROUPS, contacts="external_id,last_name,groups\nC1,Ash,G1")

    assert ("groups.csv", 3, "external_id") in [finding[:3] for finding in said(outcome, "warning")]
    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == 2


def test_the_same_files_again_change_nothing(move, rows):
    files = {"groups": GROUPS, "contacts": CONTACTS, "tags": "group,tag\nG1,VIP"}
    move(**files)

    outcome = move(**files)

    for tally in outcome.tallies.values():
        assert (tally.created, tally.updated, tally.errors) == (0, 0, 0)
        assert tally.skipped == tally.rows
    with rows() as session:
        assert session.scalar(select(func.max(CustomerGroup.version))) == 1


def test_a_changed_row_updates_its_record_and_leaves_the_image_of_before(move, rows):
    """[L5] New rows carry the run, changed ones an audit entry with both sides."""
    move(groups=GROUPS, contacts=CONTACTS)

    outcome = move(groups=GROUPS.replace("Ash Ltd,business", "Ash & Sons,team"))

    assert outcome.tallies["groups.csv"].updated == 1
    with rows() as session:
        ash = session.scalars(select(CustomerGroup).where(CustomerGroup.external_id == "G1")).one()
        assert (ash.name, ash.sort_name, ash.kind, ash.version) == (
            "Ash & Sons",
            "ash & sons",
            GroupKind.TEAM,
            2,
        )
        entries = session.scalars(select(AuditEntry).where(AuditEntry.entity == "CustomerGroup")).all()
        assert [entry.entity_id for entry in entries] == [ash.id]
        assert (entries[0].before or {})["name"] == "Ash Ltd"
        assert (entries[0].after or {})["name"] == "Ash & Sons"
        assert (entries[0].after or {})["kind"] == "team"
        found = session.scalar(
            select(SearchDoc.txt).where(SearchDoc.entity == "CustomerGroup", SearchDoc.entity_id == ash.id)
        )
        assert found is not None and "ash & sons" in found


def test_an_absent_column_keeps_what_is_there_and_an_empty_cell_empties_it(move, rows):
    move(groups="external_id,name,notes,rating\nG1,Ash,careful,4")
    move(groups="external_id,name,notes\nG1,Ash,")

    with rows() as session:
        ash = session.scalars(select(CustomerGroup)).one()
        assert (ash.notes, ash.rating) == (None, 4)


def test_imported_people_are_found_by_name_without_accents_and_by_phone(move, rows):
    from admin_app.records.search import search_condition

    move(groups=GROUPS, contacts=CONTACTS)

    with rows() as session:
        for text, expected in (("lukasz kucera", ["C2"]), ("5650059", ["C1"]), ("bo@birk", ["C3"])):
            found = session.scalars(
                select(Contact.external_id).where(search_condition(session, Contact, text))
            )
            assert found.all() == expected


def test_claims_of_client_emails_are_kept(move, rows):
    """[R14-R16]"""
    move(groups=GROUPS, contacts=CONTACTS)

    with rows() as session:
        claims = session.execute(
            select(EmailClaim.email_key, EmailClaim.use).order_by(EmailClaim.email_key)
        ).all()
    assert claims == [("ann@ash.example", EmailUse.CLIENT), ("bo@birk.example", EmailUse.CLIENT)]


def test_a_dry_run_counts_and_changes_nothing(move, rows):
    from admin_app.services.import_choices import Choices

    outcome = move(choices=Choices(dry_run=True), groups=GROUPS, contacts=CONTACTS, tags="group,tag\nG1,VIP")

    assert {name: tally.created for name, tally in outcome.tallies.items()} == {
        "groups.csv": 2,
        "contacts.csv": 3,
        "tags.csv": 1,
    }
    with rows() as session:
        for entity in (CustomerGroup, Contact, Tag, Brand, Membership):
            assert session.scalar(select(func.count(entity.id))) == 0
