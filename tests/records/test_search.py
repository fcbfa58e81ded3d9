"""Finding records by what people type [37, R7, R8]."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, insert, select, text

from admin_app.kernel.actor import Role
from admin_app.models import Address, Contact, CustomerGroup, Invoice, Payment, SearchDoc
from admin_app.records.images import table_of
from admin_app.records.search import find_everywhere, matching_ids, rebuild, search_condition
from seeds.builders import a_contact, a_group, an_address


@pytest.fixture
def lukasz(session):
    return a_contact(
        session,
        first_name="Łukasz",
        last_name="Kučera-O'Neil",
        email="lukasz_k%1@example.com",
        phone="+44 (0)20 7946-0958",
        mobile=None,
        external_id="C-0042",
    )


@pytest.mark.parametrize(
    "typed",
    [
        "lukasz",
        "KUČERA",
        "kucera lukasz",
        "łuk kuč",
        "o'neil",
        "uce",  # the middle of a word
        "k%1",
        "example.com lukasz",
        "c-0042",
        "7946",
        "79460958",
        "020 7946 0958",
        "(020) 7946-0958",
        "+44 20 7946 0958",
        "+44(0)20 79460958",
        "0044 20 7946 0958",
        "946-09",  # a part of the number
        "ku",  # one or two letters: beginnings
        "k",
        "lu",
        "ł",
        "lu example",  # a short word beside a long one
    ],
)
def test_a_contact_is_found_however_it_is_typed(session, lukasz, typed):
    a_contact(session, first_name="Otto", last_name="Berg", email="otto@sample.org", phone="030 1234567")

    assert matching_ids(session, Contact, typed) == [lukasz.id]
    found = session.scalars(select(Contact).where(search_condition(session, Contact, typed))).all()
    assert found == [lukasz]


@pytest.mark.parametrize(
    "typed", ["lukasz berg", "%%%", "l_kasz", "uc", "020 7946 0959", "999", '"', "AND", "k*cera"]
)
def test_what_does_not_occur_is_not_found(session, lukasz, typed):
    assert matching_ids(session, Contact, typed) == []


def test_blank_finds_everything_as_a_condition_and_nothing_as_a_search(session, lukasz):
    assert matching_ids(session, Contact, "  ") == []
    assert session.scalars(select(Contact).where(search_condition(session, Contact, " "))).all() == [lukasz]


@pytest.mark.parametrize("typed", ["王", "王伟", "王伟 王", "伟"])
def test_names_in_chinese_are_found_by_their_beginning(session, typed):
    wang = a_contact(session, first_name="伟", last_name="王")
    group = a_group(session, name="王伟")

    assert matching_ids(session, CustomerGroup, typed) == ([group.id] if typed in ("王", "王伟") else [])
    assert matching_ids(session, Contact, typed) == ([wang.id] if len(typed) == 1 else [])


def test_an_edit_is_found_by_the_new_text_and_not_by_the_old(session, lukasz):
    lukasz.last_name = "Novák"
    session.commit()

    assert matching_ids(session, Contact, "kucera") == []
    assert matching_ids(session, Contact, "novak") == [lukasz.id]


def test_the_search_text_is_left_alone_when_nothing_searched_changed(session, lukasz):
    session.flush()
    before = session.scalar(select(SearchDoc.id))

    lukasz.job_title = "Architect"
    session.commit()

    assert session.scalar(select(SearchDoc.id)) == before


def test_a_deleted_record_is_not_found(session, lukasz):
    session.delete(lukasz)
    session.commit()

    assert matching_ids(session, Contact, "lukasz") == []
    assert session.scalar(select(func.count()).select_from(SearchDoc)) == 0


def test_a_roll_back_takes_the_search_text_back(session, lukasz):
    session.commit()
    lukasz.last_name = "Novák"
    session.flush()
    session.rollback()

    assert matching_ids(session, Contact, "novak") == []
    assert matching_ids(session, Contact, "kucera") == [lukasz.id]


def test_hits_stop_at_the_cap(session):
    for number in range(5):
        a_group(session, name=f"Finch {number}")

    assert len(matching_ids(session, CustomerGroup, "finch", cap=3)) == 3


def imported(session, names):
    """Groups written past the session, as an import writes them."""
    rows = [{"name": name, "sort_name": name.lower(), "public_id": f"p{n}"} for n, name in enumerate(names)]
    session.connection().execute(insert(table_of(CustomerGroup)), rows)


def test_what_an_import_wrote_is_found_after_a_rebuild(session):
    known = a_group(session, name="Sparrow")
    imported(session, [f"Finch {number}" for number in range(2_100)])
    new = select(CustomerGroup.id).where(CustomerGroup.name.startswith("Finch"))

    assert matching_ids(session, CustomerGroup, "finch") == []
    assert rebuild(session.connection(), CustomerGroup, new) == 2_100
    assert len(matching_ids(session, CustomerGroup, "finch", cap=5_000)) == 2_100
    assert matching_ids(session, CustomerGroup, "sparrow") == [known.id]
    assert rebuild(session.connection(), CustomerGroup, new) == 2_100  # again, in place
    assert rebuild(session.connection(), CustomerGroup) == 2_101
    assert len(matching_ids(session, CustomerGroup, "finch", cap=5_000)) == 2_100
    assert session.scalar(select(func.count()).select_from(SearchDoc)) == 2_101


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL keeps its index itself
def test_the_index_of_sqlite_never_parts_from_its_texts(session, lukasz):
    group = a_group(session, name="Finch")
    lukasz.email = "other@example.com"
    session.flush()
    group.name = "Sparrow"
    session.flush()
    session.delete(lukasz)
    session.flush()
    rebuild(session.connection(), CustomerGroup)

    # FTS5's own check: raises if the index and the texts say different things.
    session.execute(text("INSERT INTO search_fts(search_fts, rank) VALUES ('integrity-check', 1)"))


def test_the_search_over_everything_names_kind_label_and_detail(session, ann):
    group = a_group(session, name="Finch Household")
    clara = a_contact(session, group, first_name="Clara", last_name="Finch", email="clara@finch.example")
    street = an_address(session, group, line1="7 Finch Lane", city="York")
    invoice = Invoice(group=group, number="FINCH-1", issued_on=date(2026, 3, 1))
    payment = Payment(group=group, amount=100, paid_on=date(2026, 3, 2), reference="Finch March")
    session.add_all([invoice, payment])
    session.flush()

    hits = find_everywhere(session, ann, "finch")

    assert [(hit.kind, hit.id, hit.label, hit.detail) for hit in hits] == [
        ("customer", group.id, "Finch Household", "household"),
        ("contact", clara.id, "Clara Finch", "clara@finch.example"),
        ("address", street.id, "7 Finch Lane, 8000 York", "Finch Household"),
        ("invoice", invoice.id, "FINCH-1", "Finch Household"),
        ("payment", payment.id, "Finch March", "Finch Household"),
    ]


def test_the_search_over_everything_shows_a_crew_only_its_own(session, ann):
    a_group(session, name="Finch Household")
    carl = replace(ann, id=99, role=Role.CREW)

    assert find_everywhere(session, carl, "finch") == []


def test_addresses_are_found_by_street_town_and_postcode(session):
    address = an_address(session, a_group(session), line1="Straße 5", city="Köln", postcode="50667")

    for typed in ("strasse", "koln", "50667", "506", "koln strasse 5"):
        assert matching_ids(session, Address, typed) == [address.id]
