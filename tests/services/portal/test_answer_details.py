"""A client's wish to change own details is accepted by the rules of the desk, or refused with words [121, R5, R14]."""

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed
from admin_app.models import ChangeState, Contact, EmailClaim, EmailUse, Message, OutboxMessage
from admin_app.services.portal.answer_details import accept_change, refuse_change
from seeds.builders import a_brand, a_company, a_contact, a_group
from seeds.portal_builders import a_contact_change
from tests.signing import a_user


@pytest.fixture
def clara(session):
    a_company(session, email="office@ashworth.example")
    a_brand(session, name="North", key="north", is_default=True)
    group = a_group(session, name="Clara Client")
    return a_contact(
        session, group, primary=True, first_name="Clara", last_name="Client", email="clara@old.example"
    )


@pytest.fixture
def wish(session, clara):
    def make(**after):
        before = {key: getattr(clara, key) for key in after}
        return a_contact_change(session, clara, clara.memberships[0].group, before=before, after=after)

    return make


def outbox(session):
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_what_is_accepted_is_saved_like_any_edit_and_the_client_is_told(session, ann, clock, clara, wish):
    change = wish(email="clara@new.example", phone="+442079460000")

    answered = accept_change(session, change, ann, clock, seen=clara.version)

    assert (clara.email, clara.phone) == ("clara@new.example", "+44 20 7946 0000")
    assert change.state is ChangeState.ACCEPTED
    assert (change.answered_by, change.answered_at) == (ann.name, clock.now())
    assert "clara@new.example" in [row.recipient for row in outbox(session)]
    assert answered.told == "Clara Client is told at clara@new.example"
    claim = select(EmailClaim.use).where(EmailClaim.email_key == "clara@new.example")
    assert session.scalar(claim) is EmailUse.CLIENT
    assert session.scalars(select(Message.contact_id)).all() == [clara.id], "kept in a thread of hers"


@pytest.mark.parametrize("taken_by", ["client", "staff"])
def test_an_address_that_is_somebody_elses_is_refused_with_the_reason(
    session, ann, clock, clara, wish, taken_by
):
    """[R5, R14-R16]"""
    if taken_by == "client":
        a_contact(session, a_group(session, name="Other"), first_name="Otto", email="taken@x.example")
    else:
        a_user(session, Role.ESTIMATOR, email="taken@x.example")
    change = wish(email="taken@x.example")

    with pytest.raises(Invalid) as refused:
        accept_change(session, change, ann, clock)

    assert "email" in refused.value.fields
    session.rollback()
    assert outbox(session) == []


def test_a_field_that_must_not_be_empty_stays(session, ann, clock, clara, wish):
    with pytest.raises(Invalid):
        accept_change(session, wish(last_name=None), ann, clock)


def test_an_address_can_be_taken_away(session, ann, clock, clara, wish):
    answered = accept_change(session, wish(email=None), ann, clock)

    assert clara.email is None
    assert answered.told == "Clara Client reads it in the portal"


def test_a_refusal_needs_words_and_leaves_the_contact_as_it_is(session, ann, clock, clara, wish):
    change = wish(phone="+442079460000")

    for empty in ("", "   "):
        with pytest.raises(Invalid) as missing:
            refuse_change(session, change, empty, ann, clock)
        assert "words" in missing.value.fields
    with pytest.raises(Invalid):
        refuse_change(session, change, "x" * 401, ann, clock)

    refuse_change(session, change, "This number is the neighbour's.", ann, clock)
    assert clara.phone is None
    assert (change.state, change.answer) == (ChangeState.REFUSED, "This number is the neighbour's.")
    assert "the neighbour's" in outbox(session)[0].body


def test_a_wish_is_answered_once(session, ann, clock, clara, wish):
    change = wish(phone="+442079460000")
    accept_change(session, change, ann, clock)

    with pytest.raises(Conflict):
        accept_change(session, change, ann, clock)
    with pytest.raises(Conflict):
        refuse_change(session, change, "No.", ann, clock)
    assert len(outbox(session)) == 1


def test_a_wish_that_was_taken_back_changes_nothing(session, ann, clock, clara, wish):
    change = wish(phone="+442079460000")
    change.state = ChangeState.WITHDRAWN
    session.flush()

    with pytest.raises(Conflict):
        accept_change(session, change, ann, clock)
    assert clara.phone is None


def test_a_contact_that_changed_since_the_page_was_opened_is_looked_at_again(
    session, ann, clock, clara, wish
):
    change, seen = wish(phone="+442079460000"), clara.version
    clara.first_name = "Clarissa"
    session.flush()

    with pytest.raises(Conflict, match="look again"):
        accept_change(session, change, ann, clock, seen=seen)


@pytest.mark.parametrize("role", [Role.CREW, Role.ANALYST])
def test_only_who_may_change_customers_answers(session, clock, clara, wish, role):
    change = wish(phone="+442079460000")
    somebody = Actor(ActorKind.STAFF, "Somebody", 7, role)

    with pytest.raises(NotAllowed):
        accept_change(session, change, somebody, clock)
    with pytest.raises(NotAllowed):
        refuse_change(session, change, "No.", somebody, clock)
    assert session.get_one(Contact, clara.id).phone is None
