"""The page of one record: details, deletion with its consequences."""

import pytest
from sqlalchemy import select

from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    AuditEntry,
    CustomerGroup,
    Payment,
    Task,
)
from seeds.builders import a_contact, a_group, a_task, an_address
from tests.admin.entity_view.pages import base_of, fresh, kept
from tests.forms import send


@pytest.mark.parametrize("page", ["edit", "details", "delete"])
@pytest.mark.parametrize("number", ["1", "abc", "", "-1", "9" * 25, "1%20OR%201", "²"])
def test_a_missing_record_is_not_found(office, signed_in, page, number):
    assert signed_in.get(f"/admin/tags/{page}/?id={number}").status_code == 404


def test_the_timeline_says_what_changed_and_puts_it_back(office, signed_in):
    task = kept(office, a_task(office, a_group(office), title="First"))
    url = f"/admin/tasks/edit/?id={task.id}"
    send(signed_in, url, {"base": base_of(signed_in, url), "title": "Second", "group": "1", "state": "open"})

    page = signed_in.get(f"/admin/tasks/details/?id={task.id}")
    entry = (
        fresh(office)
        .scalars(select(AuditEntry.id).where(AuditEntry.entity == "Task").order_by(AuditEntry.id.desc()))
        .first()
    )
    send(signed_in, "/admin/tasks/restore/", {"id": str(task.id), "entry": str(entry)})

    assert "Title: First → Second" in page.text
    assert fresh(office).get_one(Task, task.id).title == "First"


def test_deleting_asks_with_the_name_and_what_goes_along(office, signed_in):
    group = a_group(office, name="Birch")
    a_contact(office, group, primary=True)
    an_address(office, group)
    kept(office)

    asked = signed_in.get(f"/admin/groups/delete/?id={group.id}")
    not_yet = send(signed_in, "/admin/groups/delete/", {"id": str(group.id)})
    assert fresh(office).get(CustomerGroup, group.id) is not None
    done = send(signed_in, "/admin/groups/delete/", {"id": str(group.id), "confirmed": "1"})

    for page in (asked, not_yet):
        assert "Delete Birch?" in page.text
        assert "1</strong> address" in page.text
        assert "cannot be brought back" in page.text
    assert done.status_code == 302
    assert not fresh(office).scalars(select(CustomerGroup)).all()


def test_what_must_stay_is_said_before_it_is_tried(office, signed_in):
    group = a_group(office, name="Birch")
    office.add(Payment(group_id=group.id, paid_on=SystemClock().today(), amount=5, unallocated=5))
    kept(office)

    page = signed_in.get(f"/admin/groups/delete/?id={group.id}")
    forced = send(signed_in, "/admin/groups/delete/", {"id": str(group.id), "confirmed": "1"})

    assert "Archive instead" in page.text
    assert "Delete customer" not in page.text
    assert forced.status_code == 409
    assert fresh(office).get(CustomerGroup, group.id) is not None


def test_archived_customers_leave_the_list_and_come_back(office, signed_in):
    group = kept(office, a_group(office, name="Birch"))

    send(signed_in, "/admin/groups/archive/", {"id": str(group.id)})
    hidden = signed_in.get("/admin/groups/").text
    shown = signed_in.get("/admin/groups/?archived=yes").text
    send(signed_in, "/admin/groups/archive/", {"id": str(group.id), "restore": "1"})

    assert "Birch</a>" not in hidden
    assert "Birch</a>" in shown
    assert "Birch</a>" in signed_in.get("/admin/groups/").text
