"""Many records at once: ticked or all that match, counted before, and taken out as a file."""

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    BulkAct,
    CustomerGroup,
    Payment,
)
from admin_app.records.export import prepare
from admin_app.records.listing import read_request
from admin_app.records.values import Reading
from seeds.builders import a_contact
from tests.admin.entity_view.pages import agreed, fresh, kept
from tests.forms import send
from tests.records.lists import TODAY
from tests.signing import sign_in_as


def test_bulk_mode_shows_tick_boxes_and_delete_at_the_top_right(ten, signed_in):
    usual, bulk = signed_in.get("/admin/groups/").text, signed_in.get("/admin/groups/?bulk=1").text

    assert "data-bulk-row" not in usual
    assert bulk.count("data-bulk-row") == 10
    head = bulk[bulk.index('class="sh-head-actions"') : bulk.index('class="sh-tools"')]
    assert 'value="delete"' in head


def test_ticked_records_are_tagged_without_touching_their_other_tags_and_it_is_undone(ten, office, signed_in):
    ids = [str(group.id) for group in ten[2:6]]
    asked = send(signed_in, "/admin/groups/action/", {"action": "add_tag", "tag": "new", "rowid": ids})
    assert "Add the tag to 4 customers: new" in asked.text
    done = send(signed_in, "/admin/groups/action/", agreed(asked), follow_redirects=True)

    assert "added to 4 customers" in done.text
    tags = {
        group.name: {tag.name for tag in group.tags} for group in fresh(office).scalars(select(CustomerGroup))
    }
    assert tags["Group 2"] == {"old", "new"}
    assert tags["Group 5"] == {"new"}
    assert tags["Group 6"] == set()

    act = office.scalars(select(BulkAct)).one()
    url = f"/admin/contacts/edit/?id={ten[0].id}"
    assert f'action="/admin/history/acts/{act.id}/undo"' in done.text, url
    send(signed_in, f"/admin/history/acts/{act.id}/undo")
    tags = {
        group.name: {tag.name for tag in group.tags} for group in fresh(office).scalars(select(CustomerGroup))
    }
    assert tags["Group 2"] == {"old"}
    assert tags["Group 5"] == set()


def test_all_that_match_means_the_address_of_the_list(ten, office, signed_in):
    asked = send(
        signed_in,
        "/admin/groups/action/",
        {
            "action": "archive",
            "everything": "1",
            "matching": "tags.any=old&bulk=1",
            "rowid": [str(ten[9].id)],
        },
    )
    send(signed_in, "/admin/groups/action/", agreed(asked))

    assert "Archive 4 customers" in asked.text
    gone = (
        fresh(office).scalars(select(CustomerGroup.name).where(CustomerGroup.archived_at.is_not(None))).all()
    )
    assert sorted(gone) == ["Group 0", "Group 1", "Group 2", "Group 3"]


def test_a_number_that_changed_meanwhile_is_asked_again(ten, office, signed_in):
    data = {"action": "archive", "everything": "1", "matching": "tags.any=old", "confirmed": "3"}

    asked = send(signed_in, "/admin/groups/action/", data)

    assert "The number has changed" in asked.text
    assert (
        not fresh(office).scalars(select(CustomerGroup).where(CustomerGroup.archived_at.is_not(None))).all()
    )


def test_a_filter_that_was_not_understood_changes_nothing(ten, office, signed_in):
    data = {"action": "delete", "everything": "1", "matching": "kind.is=castle", "confirmed": "10"}

    answer = send(signed_in, "/admin/groups/action/", data)

    assert answer.status_code == 422
    assert len(fresh(office).scalars(select(CustomerGroup)).all()) == 10


def test_deleting_many_counts_what_goes_and_archives_what_must_stay(ten, office, signed_in):
    office.add(Payment(group_id=ten[0].id, paid_on=SystemClock().today(), amount=5, unallocated=5))
    a_contact(office, ten[1], primary=True)
    kept(office)
    kept_id, gone_id, _ = ids = [group.id for group in ten[:3]]

    asked = send(signed_in, "/admin/groups/action/", {"action": "delete", "rowid": [str(one) for one in ids]})
    done = send(
        signed_in, "/admin/groups/action/", agreed(asked) | {"else_archive": "1"}, follow_redirects=True
    )

    assert "Delete 3 customers?" in asked.text
    assert "1</strong> membership" in asked.text
    assert ">Delete 2 customers<" in asked.text
    assert "1</strong> of them has documents or payments" in asked.text
    assert "2 customers deleted" in done.text
    fresh(office)
    assert office.get_one(CustomerGroup, kept_id).archived_at is not None
    assert office.get(CustomerGroup, gone_id) is None


def test_nothing_ticked_changes_nothing(ten, signed_in):
    answer = send(signed_in, "/admin/groups/action/", {"action": "delete"}, follow_redirects=True)

    assert "Tick the customers first" in answer.text


def test_an_estimator_deletes_no_customer(ten, app, office):
    client = app.test_client()
    sign_in_as(client, Role.ESTIMATOR)

    page = client.get("/admin/groups/?bulk=1").text
    forced = send(
        client, "/admin/groups/action/", {"action": "delete", "rowid": [str(ten[0].id)], "confirmed": "1"}
    )
    one = client.get(f"/admin/groups/delete/?id={ten[0].id}")

    assert 'value="delete"' not in page
    assert forced.status_code == 403
    assert one.status_code == 403


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_exported_as_it_is_filtered(ten, signed_in, form):
    answer = signed_in.get(f"/admin/groups/export/{form}/?tags.any=old&column=name")

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="customers-')
    if form == "csv":
        assert answer.text.count("Group") == 4
    assert len(answer.data) > 50
    assert signed_in.get("/admin/groups/export/exe/").status_code == 404


def test_a_reader_who_goes_away_leaves_no_statement_open(ten, office):
    made = prepare(
        office, SYSTEM, CustomerGroup, read_request(CustomerGroup, SYSTEM, {}, Reading()), Reading(), TODAY
    )

    stream = made.stream(office.get_bind().engine, "csv")
    next(stream)
    next(stream)
    stream.close()

    assert office.get_bind().engine.pool.checkedout() <= 1  # the test's own session
