"""The machine reads a table: it says what is open, why something is closed, and refuses in words [L15, M38]."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import pytest

from admin_app.flow.machine import Flow, Guard, Step, StepClosed
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.policy import Permission


class Door(enum.StrEnum):
    SHUT = "shut"
    OPEN = "open"
    LOCKED = "locked"


@dataclass
class ADoor:
    state: Door
    oiled: bool = True


OILED = Guard("oiled", lambda door, facts: door.oiled, "The hinge needs oil", "oil", "Oil it")
HAS_KEY = Guard(
    "has_key", lambda door, facts: facts == "key", lambda door, facts: f"No key but {facts}", "key"
)
DOOR = Flow(
    "door",
    Door,
    (
        Step("open", (Door.SHUT,), Door.OPEN, Permission.WORK_WRITE, (OILED, HAS_KEY), label="Open door"),
        Step("shut", (Door.OPEN,), Door.SHUT, Permission.WORK_WRITE, label="Shut door"),
        Step("lock", (Door.SHUT,), Door.LOCKED, Permission.WORK_WRITE, (HAS_KEY,), offered=False),
        Step("unlock", (Door.LOCKED,), Door.OPEN, Permission.WORK_WRITE, (OILED,)),
        Step("unlock", (Door.LOCKED,), Door.SHUT, Permission.WORK_WRITE),
    ),
)


def test_an_open_step_is_demanded_and_moves():
    door = ADoor(Door.SHUT)

    DOOR.move(door, DOOR.demand("open", door, "key"))

    assert door.state is Door.OPEN


def test_the_first_guard_that_fails_gives_its_sentence_and_its_way_out():
    with pytest.raises(StepClosed, match="The hinge needs oil") as refusal:
        DOOR.demand("open", ADoor(Door.SHUT, oiled=False), "a nail")

    assert (refusal.value.guard, refusal.value.fix, refusal.value.fix_label) == ("oiled", "oil", "Oil it")


def test_a_sentence_may_speak_of_the_facts():
    with pytest.raises(Unmet, match="No key but a nail"):
        DOOR.demand("open", ADoor(Door.SHUT), "a nail")


def test_a_step_from_the_wrong_state_says_which_state_it_needs():
    with pytest.raises(Unmet, match="This door is locked; to open it must be shut"):
        DOOR.demand("open", ADoor(Door.LOCKED), "key")


def test_a_word_that_is_no_step_is_not_found():
    with pytest.raises(NotFound, match="“paint” is no step of a door"):
        DOOR.demand("paint", ADoor(Door.SHUT), "key")


def test_offers_show_closed_steps_with_their_reason_and_leave_out_what_the_program_does():
    offers = DOOR.offers(ADoor(Door.SHUT, oiled=False), "key")

    assert [(offer.step.name, offer.is_open, offer.reason) for offer in offers] == [
        ("open", False, "The hinge needs oil")
    ]


def test_of_two_rows_of_a_step_the_one_whose_guards_hold_is_taken():
    assert DOOR.demand("unlock", ADoor(Door.LOCKED), "key").target is Door.OPEN
    assert DOOR.demand("unlock", ADoor(Door.LOCKED, oiled=False), "key").target is Door.SHUT


def test_an_offer_by_name_answers_also_from_a_state_without_that_step():
    offer = DOOR.offer("shut", ADoor(Door.LOCKED), "key")

    assert offer.reason == "This door is locked; to shut it must be open"
