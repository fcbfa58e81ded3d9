"""Passkeys of staff: both steps at once, one challenge one use, and nobody touches another's (security.md)."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Thread

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Busy, Invalid, NotFound, Unmet
from admin_app.models import Company, OutboxMessage, Passkey, StaffSession, User
from admin_app.services import staff_sessions
from admin_app.services.passkeys import (
    LIFE,
    MOST_PASSKEYS,
    Site,
    add_passkey,
    ask_to_add,
    ask_to_sign_in,
    passkeys_of,
    remove_passkey,
    sign_in_by_passkey,
    site_of,
)
from admin_app.services.sign_in import MOST_HERE, SignedIn
from admin_app.services.staff_sessions import Visitor
from tests.services.device import Device, text
from tests.services.second_step.person import KEY, Person
from tests.services.signing_in import HERE, LIFETIMES, MORNING, at
from tests.services.test_access_at_once import AT_ONCE, all_at_once
from tests.signing import a_user

SITE = Site("office.example.com", "https://office.example.com")


class Desk:
    """Somebody at a desk of his own, with a device."""

    def __init__(self, transaction, role=Role.OWNER):
        self.transaction = transaction
        with transaction() as session:
            if session.get(Company, 1) is None:
                session.add(Company(id=1, name="Ashworth", email="office@ashworth.test"))
            self.user = a_user(session, role)
            self.token = staff_sessions.begin(session, self.user, HERE, LIFETIMES, at())
            self.session_id = session.scalars(
                select(StaffSession.id).order_by(StaffSession.id.desc()).limit(1)
            ).one()
        self.actor = self.user.as_actor()
        self.device = Device(SITE.origin)

    def asks(self, **later):
        with self.transaction() as session:
            return ask_to_add(session, self.actor, SITE, KEY, at(**later))

    def adds(self, name="My phone", answer=None, note=None, **later):
        asked = self.asks()
        with self.transaction() as session:
            return add_passkey(
                session,
                name,
                answer if answer is not None else self.device.make(asked.options),
                note if note is not None else asked.note,
                self.actor,
                SITE,
                KEY,
                at(**later),
            )

    def enters(self, answer=None, note=None, who=HERE, site=SITE, **later):
        asked = ask_to_sign_in(SITE, KEY, at())
        answer = self.device.use(asked.options) if answer is None else answer
        note = asked.note if note is None else note
        return sign_in_by_passkey(self.transaction, answer, note, site, who, LIFETIMES, KEY, at(**later))


@pytest.fixture
def ann(transaction):
    desk = Desk(transaction)
    desk.adds()
    return desk


def refused(desk, **how):
    with pytest.raises(Invalid) as refusal:
        desk.enters(**how)
    assert refusal.value.sentence == "This passkey opens nothing here; sign in with your password"
    return True


def test_a_passkey_begins_a_session_without_name_password_or_code(transaction, ann):
    done = ann.enters(minutes=3)

    with transaction() as session:
        found = staff_sessions.find(session, done.token, LIFETIMES, at(minutes=3))
        assert found is not None
        assert found[1].id == ann.user.id
        kept = session.scalars(select(Passkey)).one()
        assert (kept.name, kept.made_at, kept.used_at) == (
            "My phone",
            MORNING,
            MORNING + timedelta(minutes=3),
        )


def test_it_stands_for_both_steps(transaction):
    person = Person(transaction).switches_on()
    ann = Desk(transaction)
    ann.adds()

    assert ann.enters().user_id == person.user.id


def test_what_is_asked_demands_a_kept_key_and_that_the_device_asks_who_holds_it(ann):
    made, used = json.loads(ann.asks().options), json.loads(ask_to_sign_in(SITE, KEY, at()).options)

    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == used["userVerification"] == "required"
    assert made["rp"] == {"id": "office.example.com", "name": "Ashworth"}
    assert made["excludeCredentials"][0]["id"] == text(ann.device.credential_id)
    assert not used.get("allowCredentials")
    assert made["challenge"] != used["challenge"]
    assert len(used["challenge"]) >= 43, "256 bits"


def test_a_device_that_did_not_ask_who_holds_it_is_refused(transaction, ann):
    ann.device.verifies = False
    assert refused(ann)

    other = Desk(transaction, Role.OFFICE)
    other.device.verifies = False
    with pytest.raises(Invalid, match="could not be added"):
        other.adds()


@pytest.mark.parametrize(
    "origin", ["https://0ffice.example.com", "http://office.example.com", "https://office.example.com:8443"]
)
def test_an_answer_given_on_another_site_is_refused(transaction, ann, origin):
    ann.device.origin = origin
    assert refused(ann)

    other = Desk(transaction, Role.OFFICE)
    other.device.origin = origin
    with pytest.raises(Invalid):
        other.adds()


def test_an_answer_for_another_name_is_refused(ann):
    ann.device.site = "example.com"
    assert refused(ann)


def test_a_challenge_is_answered_once(transaction, ann):
    asked = ask_to_sign_in(SITE, KEY, at())
    answer = ann.device.use(asked.options)
    ann.enters(answer, asked.note)

    assert refused(ann, answer=answer, note=asked.note)
    assert refused(ann, answer=ann.device.use(asked.options), note=asked.note), "nor with a new signature"


def test_of_twenty_answers_to_one_challenge_at_once_one_counts(transaction, ann):
    asked = ask_to_sign_in(SITE, KEY, at())
    answer = ann.device.use(asked.options)

    ended = all_at_once(
        [partial(ann.enters, answer, asked.note, Visitor(f"198.51.100.{n}")) for n in range(AT_ONCE)]
    )

    assert len([one for one in ended if isinstance(one, SignedIn)]) == 1, ended
    assert len([one for one in ended if isinstance(one, Invalid)]) == AT_ONCE - 1, ended


def test_a_challenge_is_good_for_five_minutes_for_its_act_and_for_our_key(transaction, ann):
    asked = ask_to_sign_in(SITE, KEY, at())
    answer = ann.device.use(asked.options)
    assert refused(ann, answer=answer, note=asked.note, seconds=LIFE.seconds + 1)

    to_add = ann.asks()
    assert refused(ann, answer=ann.device.use(to_add.options), note=to_add.note)
    foreign = ask_to_sign_in(SITE, "the key of some other office entirely", at())
    assert refused(ann, answer=ann.device.use(foreign.options), note=foreign.note)
    assert refused(ann, note="")
    assert ann.enters(answer, asked.note, seconds=LIFE.seconds)


def test_a_sign_count_that_does_not_rise_is_a_copy(transaction, ann):
    ann.device.count = 7
    assert ann.enters()
    with transaction() as session:
        assert session.scalar(select(Passkey.sign_count)) == 7

    assert refused(ann)
    ann.device.count = 6
    assert refused(ann)
    ann.device.count = 8
    assert ann.enters()


def test_a_signature_of_another_key_is_refused(ann):
    ann.device.key = Device(SITE.origin).key
    assert refused(ann)


def test_an_answer_in_the_name_of_somebody_else_is_refused(transaction, ann):
    bea = Desk(transaction, Role.OFFICE)
    ann.device.handle = bea.user.public_id.encode()
    assert refused(ann)


def test_a_removed_or_unknown_passkey_and_somebody_switched_off_get_the_same_answer(transaction, ann):
    stranger = Desk(transaction, Role.OFFICE)
    stranger.device.make(stranger.asks().options)  # made, and never kept
    assert refused(stranger)
    with transaction() as session:
        session.get_one(User, ann.user.id).active = False
    assert refused(ann)
    with transaction() as session:
        session.get_one(User, ann.user.id).active = True
        remove_passkey(session, passkeys_of(session, ann.actor)[0].id, ann.actor, ann.session_id, at())
    assert refused(ann)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "[" * 15_000,
        "{}",
        '{"rawId": "ä", "response": {"userHandle": "x"}}',
        '{"rawId": 5, "response": 7}',
        '{"rawId": "YQ", "response": {"userHandle": null}}',
        '{"id": "' + "a" * 30_000 + '"}',
    ],
)
def test_whatever_else_is_sent_gets_the_one_answer(ann, answer):
    assert refused(ann, answer=answer)
    with pytest.raises(Invalid):
        ann.adds(answer=answer)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_an_answer_with_a_broken_part_is_refused(ann, part):
    asked = ask_to_sign_in(SITE, KEY, at())
    answer = json.loads(ann.device.use(asked.options))
    for broken in ("", "AAAA", answer["response"][part][:-8] + "AAAAAAAA", 5, None):
        sent = json.dumps(answer | {"response": answer["response"] | {part: broken}})
        with pytest.raises(Invalid):
            ann.enters(sent, asked.note, Visitor("198.51.100.1"))


def test_tries_of_a_passkey_are_counted(ann):
    ann.device.verifies = False
    for _ in range(MOST_HERE):
        refused(ann)

    with pytest.raises(Busy):
        ann.enters()


def test_a_passkey_needs_a_name_and_is_kept_once(transaction, ann):
    with pytest.raises(Invalid, match="Give the passkey a name"):
        ann.adds("   ")
    with pytest.raises(Invalid):
        ann.adds("with a \x00")
    with pytest.raises(Invalid):
        ann.adds("the same device again")

    with transaction() as session:
        assert [one.name for one in passkeys_of(session, ann.actor)] == ["My phone"]


def test_a_challenge_to_add_is_for_its_person_and_for_one_passkey(transaction, ann):
    bea = Desk(transaction, Role.OFFICE)
    asked = ann.asks()
    with pytest.raises(Invalid):
        bea.adds(answer=bea.device.make(asked.options), note=asked.note)

    second = Device(SITE.origin)
    ann.adds("Second", second.make(asked.options), asked.note)
    with pytest.raises(Invalid):
        ann.adds("Third", Device(SITE.origin).make(asked.options), asked.note)


def test_each_change_is_told_by_mail_and_asks_for_the_password(transaction, ann):
    with transaction() as session:
        passkey_id = passkeys_of(session, ann.actor)[0].id
        session.info["actor"] = ann.actor  # at the desk, where the door has not asked for it
        with pytest.raises(Unmet, match="only with your password"):
            ask_to_add(session, ann.actor, SITE, KEY, at())
        with pytest.raises(Unmet, match="only with your password"):
            remove_passkey(session, passkey_id, ann.actor, ann.session_id, at())
        session.info["password_confirmed"] = True
        remove_passkey(session, passkey_id, ann.actor, ann.session_id, at())

    with transaction() as session:
        told = session.scalars(select(OutboxMessage.subject).order_by(OutboxMessage.id)).all()
    assert told == [
        "A passkey was added: signing in at Ashworth",
        "A passkey was removed: signing in at Ashworth",
    ]


def test_nobody_sees_or_removes_the_passkey_of_somebody_else(transaction, ann):
    bea = Desk(transaction, Role.OFFICE)
    with transaction() as session:
        passkey_id = passkeys_of(session, ann.actor)[0].id
        assert passkeys_of(session, bea.actor) == []
        with pytest.raises(NotFound):
            remove_passkey(session, passkey_id, bea.actor, bea.session_id, at())
        with pytest.raises(NotFound):
            remove_passkey(session, passkey_id, replace(bea.actor, role=Role.OWNER), bea.session_id, at())

    assert ann.enters()


def test_removing_a_passkey_signs_every_other_browser_out(transaction, ann):
    by_passkey = ann.enters().token
    with transaction() as session:
        remove_passkey(session, passkeys_of(session, ann.actor)[0].id, ann.actor, ann.session_id, at())

    with transaction() as session:
        assert staff_sessions.find(session, by_passkey, LIFETIMES, at()) is None
        assert staff_sessions.find(session, ann.token, LIFETIMES, at()) is not None


def test_twenty_passkeys_are_enough_for_a_person(transaction, ann):
    with transaction() as session:
        session.add_all(
            Passkey(user_id=ann.user.id, credential_id=f"{n}", public_key="y", name=f"{n}", made_at=MORNING)
            for n in range(MOST_PASSKEYS - 1)
        )
    with pytest.raises(Unmet, match="You have 20 passkeys already"):
        ann.asks()
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Passkey)) == MOST_PASSKEYS


def test_devices_that_were_asked_before_the_twentieth_add_no_further_one(transaction, ann):
    asked = ann.asks()
    with transaction() as session:
        session.add_all(
            Passkey(user_id=ann.user.id, credential_id=f"{n}", public_key="y", name=f"{n}", made_at=MORNING)
            for n in range(MOST_PASSKEYS - 1)
        )

    with transaction() as session, pytest.raises(Unmet, match="You have 20 passkeys already"):
        add_passkey(
            session, "Late", Device(SITE.origin).make(asked.options), asked.note, ann.actor, SITE, KEY, at()
        )


def test_whoever_is_being_switched_off_gets_no_session(transaction, ann):
    asked, ended = ask_to_sign_in(SITE, KEY, at()), []
    answer = ann.device.use(asked.options)

    def enter() -> None:
        try:
            ended.append(ann.enters(answer, asked.note))
        except Invalid as refusal:
            ended.append(refusal.sentence)

    with transaction() as session:
        session.get_one(User, ann.user.id).active = False
        staff_sessions.end_all(session, ann.user.id)
        session.flush()
        at_the_door = Thread(target=enter)
        at_the_door.start()
        at_the_door.join(0.3)  # it waits for the account by now
    at_the_door.join()

    assert ended == ["This passkey opens nothing here; sign in with your password"]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


@pytest.mark.parametrize(
    ("public_url", "address", "site"),
    [
        ("https://office.example.com", "https://office.example.com/", SITE),
        ("https://office.example.com", "http://10.0.0.7/", SITE),
        (
            "https://Office.Example.com:8443",
            "",
            Site("office.example.com", "https://office.example.com:8443"),
        ),
        ("https://office.example.com:443", "", SITE),
        (None, "http://localhost:8000/", Site("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", "http://localhost:8000/", Site("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/", None),
        ("http://localhost:8000", "http://127.0.0.1:8000/", None),
        ("http://office.example.com", "http://office.example.com/", None),
        ("https://203.0.113.7", "https://203.0.113.7/", None),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/", None),
        ("https://office.example.com", "http://localhost:8000/", SITE),
        (None, "http://localhost.evil.example/", None),
        (None, "http://localhost:notaport/", None),
    ],
)
def test_the_site_follows_the_public_address_and_on_this_machine_the_one_in_use(public_url, address, site):
    assert site_of(public_url, address) == site
