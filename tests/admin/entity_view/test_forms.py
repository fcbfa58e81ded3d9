"""The generated forms: short and whole, refusals at their field, two editors, links."""

import html

import pytest
from sqlalchemy import select

from admin_app.models import (
    AuditEntry,
    Contact,
    CustomerGroup,
    Event,
    Payment,
    PaymentMethod,
    Tag,
    Task,
)
from seeds.builders import a_contact, a_group, a_tag
from tests.admin.entity_view.pages import base_in, base_of, fresh, kept
from tests.forms import send


def test_the_short_form_goes_to_the_whole_one_with_what_was_typed(office, signed_in):
    short = signed_in.get("/admin/contacts/new/")
    whole = send(signed_in, "/admin/contacts/new/", {"first_name": "Zoë", "_advanced": "1"})

    assert "Go to advanced edit" in short.text
    assert 'name="job_title"' not in short.text
    assert 'name="job_title"' in whole.text
    assert 'value="Zoë"' in whole.text
    assert not fresh(office).scalars(select(Contact)).all()


def test_a_record_is_made_and_shown(office, signed_in):
    group = kept(office, a_group(office))

    answer = send(
        signed_in,
        "/admin/tasks/new/",
        {"title": "Call", "group": str(group.id), "due_on": "3 Apr 2026", "state": "open"},
    )

    task = fresh(office).scalars(select(Task)).one()
    assert answer.status_code == 302
    assert answer.location == f"/admin/tasks/details/?id={task.id}"
    assert (task.title, str(task.due_on), task.group_id) == ("Call", "2026-04-03", group.id)
    entry = office.scalars(select(AuditEntry).where(AuditEntry.entity == "Task")).one()
    assert entry.actor == "Ann Ashworth"


def test_an_invalid_form_comes_back_filled_with_every_sentence_and_nothing_is_kept(office, signed_in):
    answer = send(
        signed_in,
        "/admin/events/new/",
        {"title": "", "starts_at": "some day", "group": "999", "notes": "kept", "advanced": "1"},
    )

    assert answer.status_code == 422
    assert "Title is missing" in answer.text
    assert "“some day” is not a date" in html.unescape(answer.text)
    assert "does not exist any more" in answer.text
    assert ">kept</textarea>" in answer.text.replace("\r", "").replace("\n", "")
    assert not fresh(office).scalars(select(Event)).all()


@pytest.mark.parametrize("typed", ["1.234,50", "1,234.50", "€1234.50", "1 234,50 EUR"])
def test_money_is_typed_as_people_write_it(office, signed_in, typed):
    group = kept(office, a_group(office))

    answer = send(
        signed_in,
        "/admin/payments/new/",
        {"group": str(group.id), "amount": typed, "paid_on": "17.3.2026", "method": "cash", "form_key": "k1"},
    )

    assert answer.status_code == 302, answer.text
    assert fresh(office).scalars(select(Payment.amount)).one() == 123_450


def test_a_payment_form_sent_twice_books_once(office, signed_in):
    group = kept(office, a_group(office))
    data = {
        "group": str(group.id),
        "amount": "5",
        "paid_on": "2026-03-01",
        "method": "cash",
        "form_key": "once",
    }

    first, second = (send(signed_in, "/admin/payments/new/", data) for _ in range(2))

    assert first.location == second.location
    assert len(fresh(office).scalars(select(Payment)).all()) == 1


def test_a_link_is_never_a_select_of_a_whole_table(office, signed_in):
    for n in range(30):
        a_group(office, name=f"Group {n:03}")
    kept(office)

    page = signed_in.get("/admin/tasks/new/")
    found = signed_in.get("/admin/lookup/customer_group/?q=group 007").json

    assert "Group 007" not in page.text
    assert 'data-typeahead-url="/admin/lookup/customer_group/"' in page.text
    assert [row["text"] for row in found] == ["Group 007"]


def test_new_words_become_tags_and_known_ones_are_used(office, signed_in):
    vip = a_tag(office, "VIP")
    group = kept(office, a_group(office))
    url = f"/admin/groups/edit/?id={group.id}"

    data = {
        "name": "X",
        "kind": "household",
        "tax_profile": "standard",
        "tags": ["vip", "2024"],
        "rating": "0",
    }
    answer = send(signed_in, url, data | {"base": base_of(signed_in, url)})

    fresh(office)
    assert answer.location == f"/admin/customers/{group.id}"
    carried = select(Tag.name).join(CustomerGroup.tags).where(CustomerGroup.id == group.id)
    assert set(office.scalars(select(Tag.name))) == {"VIP", "2024"}
    assert set(office.scalars(carried)) == {"VIP", "2024"}
    assert office.scalar(select(Tag.id).where(Tag.folded == "vip")) == vip.id


def test_edits_that_do_not_overlap_are_merged_and_said(office, signed_in):
    contact = kept(office, a_contact(office))
    url = f"/admin/contacts/edit/?id={contact.id}"
    base = base_of(signed_in, url)
    send(
        signed_in, url, {"base": base, "first_name": "Clara", "last_name": "Client", "phone": "020 7946 0958"}
    )

    answer = send(
        signed_in,
        url,
        {"base": base, "first_name": "Klara", "last_name": "Client", "phone": ""},
        follow_redirects=True,
    )

    saved = fresh(office).get_one(Contact, contact.id)
    assert (saved.first_name, saved.phone) == ("Klara", "+44 20 7946 0958")
    assert "what somebody else changed meanwhile: Phone" in answer.text


@pytest.mark.parametrize(("choice", "name"), [("theirs", "Theirs"), ("yours", "Mine")])
def test_an_overlap_shows_both_versions_and_lets_choose(office, signed_in, choice, name):
    contact = kept(office, a_contact(office))
    url = f"/admin/contacts/edit/?id={contact.id}"
    base = base_of(signed_in, url)
    send(signed_in, url, {"base": base, "first_name": "Theirs", "last_name": "Client"})

    conflict = send(
        signed_in, url, {"base": base, "first_name": "Mine", "last_name": "Client", "job_title": "Boss"}
    )

    assert conflict.status_code == 409
    assert "Ann Ashworth changed the same field" in conflict.text
    assert 'value="Mine"' in conflict.text
    assert 'value="Boss"' in conflict.text
    assert fresh(office).get_one(Contact, contact.id).first_name == "Theirs"
    again = base_in(conflict)
    data = {
        "base": again,
        "first_name": "Mine",
        "last_name": "Client",
        "job_title": "Boss",
        "choose-first_name": choice,
    }
    assert send(signed_in, url, data).status_code == 302
    saved = fresh(office).get_one(Contact, contact.id)
    assert (saved.first_name, saved.job_title) == (name, "Boss")


def test_a_forged_base_is_refused(office, signed_in):
    contact = kept(office, a_contact(office))

    answer = send(
        signed_in,
        f"/admin/contacts/edit/?id={contact.id}",
        {"base": "e30.0000", "first_name": "X", "last_name": "Y"},
    )

    assert answer.status_code == 422
    assert "not one of ours" in answer.text


def test_a_secret_is_written_without_being_shown(office, signed_in):
    group = a_group(office)
    office.add(PaymentMethod(group_id=group.id, token="pm_very_secret", last4="4242"))
    kept(office)

    pages = [
        signed_in.get(address).text
        for address in (
            "/admin/billing-details/",
            "/admin/billing-details/details/?id=1",
            "/admin/billing-details/export/csv/",
            "/admin/history/",
        )
    ]

    assert "4242" in pages[0]
    assert not any("pm_very_secret" in page for page in pages)
