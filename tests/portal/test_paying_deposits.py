"""The deposit of a signed proposal is paid online: it goes to the project, and the proposal is firm [56, M22, M23]."""

from __future__ import annotations

from datetime import timedelta

import pytest

from admin_app.models import CustomerGroup, Estimate, EstimateState, Invoice, Payment, Project, Task
from tests.portal.offered import Offered, another, sign_by_link
from tests.portal.paying import payments, press
from tests.services.desk import Desk
from tests.services.offers import line

DEPOSIT = 300_00


@pytest.fixture
def offered(till) -> Offered:
    """A proposal over 1,000.00 with a deposit of 300.00, sent to clara."""
    with till.rows() as session:
        desk = Desk(session, session.info["actor"], till.clock, session.get_one(CustomerGroup, till.group))
        project = session.get_one(Project, till.project)
        return another(till.app, desk, project, line("Fell the ash", "1000"), deposit_amount=DEPOSIT)


def pay_deposit(till, client, offered: Offered, **but: str):
    form = {"deposit": offered.public_id} | but
    return press(client, offered.at(), f"{offered.path}/pay", form)


def test_sign_pay_and_the_proposal_is_firm(till, offered):
    """By link, without a password: sign, pay, thank you; the next invoice of the project takes the money [M23]."""
    stranger = till.app.test_client()
    sign_by_link(stranger, offered, till.rows)
    assert "Pay deposit of" in stranger.get(offered.at()).text
    assert till.the(Estimate, offered.id).state is EstimateState.SENT

    answer = pay_deposit(till, stranger, offered)
    checkout = till.newest()
    assert answer.location.endswith(f"/pay/{checkout.public_id}/go")
    assert checkout.amount == DEPOSIT
    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())

    assert till.the(Estimate, offered.id).state is EstimateState.CONFIRMED
    payment = till.all_of(Payment)[0]
    assert (payment.project_id, payment.unallocated) == (till.project, DEPOSIT)
    assert "Thank you" in stranger.get(f"{offered.path}/pay/{checkout.public_id}").text
    assert "Pay deposit" not in stranger.get(offered.at()).text
    later = till.invoice("400")
    assert till.the(Invoice, later).balance == 100_00
    till.proven()


def test_a_deposit_for_what_expired_meanwhile_is_told_to_the_office(till, offered):
    """The client was at the provider's page while the day went by: the money is kept, and somebody must decide."""
    stranger = till.app.test_client()
    sign_by_link(stranger, offered, till.rows)
    pay_deposit(till, stranger, offered)
    with till.rows() as session:
        session.get_one(Estimate, offered.id).expires_on = till.clock.today() - timedelta(days=1)

    till.provider.pay(till.newest().provider_session)
    till.provider.deliver(till.app.test_client())

    assert till.the(Estimate, offered.id).state is EstimateState.SENT
    assert till.all_of(Payment)[0].unallocated == DEPOSIT
    (task,) = [one for one in till.all_of(Task) if one.title.startswith("Decide about the deposit")]
    assert task.project_id == till.project and "stays with the project" in task.description
    till.proven()


def test_the_deposit_is_asked_only_after_the_signature(till, offered):
    refused = pay_deposit(till, till.app.test_client(), offered)

    assert refused.status_code == 409
    assert "Sign the proposal first" in refused.text


def test_what_came_before_lowers_the_deposit_and_a_paid_one_is_not_asked_again(till, offered):
    stranger = till.app.test_client()
    sign_by_link(stranger, offered, till.rows)
    with till.rows() as session:
        desk = Desk(session, session.info["actor"], till.clock, session.get_one(CustomerGroup, till.group))
        desk.pay("100", project_id=till.project)

    pay_deposit(till, stranger, offered)
    assert till.newest().amount == 200_00
    till.provider.pay(till.newest().provider_session)
    till.provider.deliver(till.app.test_client())
    again = pay_deposit(till, stranger, offered)

    assert again.status_code == 409
    assert payments(till) == [(100_00, 100_00), (200_00, 200_00)]
    till.proven()


def test_a_link_to_a_proposal_pays_no_other_proposal(till, offered):
    with till.rows() as session:
        desk = Desk(session, session.info["actor"], till.clock, session.get_one(CustomerGroup, till.group))
        other = another(
            till.app,
            desk,
            session.get_one(Project, till.project),
            line("Grind", "500"),
            deposit_amount=100_00,
        )
    stranger = till.app.test_client()

    assert pay_deposit(till, stranger, offered, deposit=other.public_id).status_code == 404
    assert pay_deposit(till, stranger, offered, deposit="x" * 400).status_code == 404
