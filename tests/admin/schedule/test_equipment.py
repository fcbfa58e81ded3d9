"""Trucks and machines: kept by generated pages, planned with the work, not double booked unseen."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Equipment, WorkOrder
from seeds.work_builders import a_piece_of_equipment
from tests.admin.customers.counter import typed_on
from tests.admin.schedule.board import Board
from tests.services.weeks import TUESDAY, a_client, a_job, at, planned
from tests.signing import on_sqlite


@on_sqlite
def test_equipment_is_entered_on_its_page(board: Board):
    assert "Chipper" in board.page("/admin/equipment/")

    answer = board.post("/admin/equipment/new/", {"name": "Tipper 1", "kind": "truck", "plate": "AB12 CDE"})

    assert answer.status_code == 302
    tipper = board.look().scalars(select(Equipment).where(Equipment.name == "Tipper 1")).one()
    assert (tipper.kind.value, tipper.plate) == ("truck", "AB12 CDE")
    assert "truck, AB12 CDE" in board.page("/admin/schedule/?rows=equipment")


def test_a_name_is_used_once(board: Board):
    answer = board.post("/admin/equipment/new/", {"name": "CHIPPER", "kind": "machine"})

    assert "There is already a piece of equipment called “Chipper”" in html.unescape(answer.get_data(as_text=True))


@on_sqlite
@pytest.mark.parametrize("address", ["/admin/schedule/workorder/{}", "/admin/projects/{}/workorder/schedule"])
def test_machines_are_chosen_with_the_plan_of_a_job(board: Board, address: str):
    session = board.look()
    lift = a_piece_of_equipment(session, "Lift").id
    old = a_piece_of_equipment(session, "Old lift", archived=True).id
    session.commit()
    work = board.work
    url = address.format(work.id if "work/" in address else work.project_id)
    page = board.page(url)
    assert f'name="equipment" value="{board.chipper}" checked' in page
    assert f'name="equipment" value="{old}"' not in page

    board.said(board.post(url, typed_on(board.client.get(url)) | {"equipment": str(lift)}))

    assert [one.name for one in board.work.equipment] == ["Lift"]


@on_sqlite
def test_a_machine_in_two_places_is_told_with_names_and_times(board: Board):
    session = board.look()
    chipper = board.chipper
    other = a_job(session, a_client(session, "Oak household", None), "Stump at the mill")
    planned(session, other, at(TUESDAY, 10), board.clock, equipment=(chipper,))
    session.commit()

    page = html.unescape(board.page(f"/admin/schedule/workorder/{board.work_id}"))

    assert "Chipper is at “Stump at the mill” at that time: today 10:00–14:00." in page


@on_sqlite
def test_a_machine_that_was_put_aside_stays_where_it_is_planned(board: Board):
    session = board.look()
    session.get_one(Equipment, board.chipper).archived = True
    session.commit()

    board.drop("work", board.work_id, day="2026-03-19")

    assert [one.id for one in board.work.equipment] == [board.chipper]
    assert board.work.starts_at == at(TUESDAY + timedelta(days=2), 8)
    assert "put aside" in board.page("/admin/schedule/?rows=equipment")


@on_sqlite
def test_crews_see_equipment_and_change_none(board: Board):
    board.sign_in(Role.CREW)

    assert "Chipper" in board.page("/admin/equipment/")
    assert board.post("/admin/equipment/new/", {"name": "Mine", "kind": "truck"}).status_code == 403
    assert board.look().scalars(select(WorkOrder)).first() is not None
