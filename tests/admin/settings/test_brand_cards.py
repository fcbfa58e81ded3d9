"""A brand's account at the card provider: set with one's own password, told, never shown, taken out again [W8]."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import AuditEntry, Brand, Company, OutboxMessage
from seeds.builders import a_brand, a_company
from tests.forms import send
from tests.signing import PASSWORD, sign_in_as

KEYS = {"secret_key": "sk_live_abcDEF123", "hook_key": "whsec_xyz789"}


@pytest.fixture
def database(sqlite_database: str) -> str:
    """One database is enough: nothing here asks it anything of its own."""
    return sqlite_database


@pytest.fixture
def brand(rows) -> int:
    with rows() as session:
        a_company(session).email = "office@example.com"
        return int(a_brand(session).id)


def path(brand: int) -> str:
    return f"/admin/settings/brands/{brand}/card-payments"


def keys(rows, brand: int) -> tuple[str | None, str | None]:
    with rows() as session:
        kept = session.get_one(Brand, brand)
        return kept.stripe_key, kept.stripe_hook_key


def test_keys_are_set_told_and_never_shown(signed_in, rows, brand):
    before = signed_in.get(path(brand)).text
    assert "see no card button" in before
    assert "/hooks/stripe" in before

    answer = send(signed_in, path(brand), KEYS | {"your_password": PASSWORD})

    assert answer.status_code == 302
    assert keys(rows, brand) == ("sk_live_abcDEF123", "whsec_xyz789")
    for page in (path(brand), f"/admin/settings/brands/{brand}", "/admin/history/"):
        shown = signed_in.get(page, follow_redirects=True).text
        assert "sk_live_abcDEF123" not in shown
        assert "whsec_xyz789" not in shown
    with rows() as session:
        mails = session.scalars(select(OutboxMessage)).all()
        assert [mail.recipient for mail in mails] == ["office@example.com"]
        assert mails[0].subject.startswith("The keys to the card provider of ")
        assert "sk_live" not in mails[0].body
        told = [str(one.__dict__) for one in session.scalars(select(AuditEntry))]
        assert not [one for one in told if "sk_live" in one or "whsec_xyz" in one]
        assert session.get_one(Company, 1) is not None


def test_without_the_password_nothing_changes_and_nothing_typed_comes_back(signed_in, rows, brand):
    refused = send(signed_in, path(brand), KEYS | {"your_password": "not mine"})

    assert refused.status_code == 422
    assert "sk_live_abcDEF123" not in refused.text
    assert keys(rows, brand) == (None, None)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"secret_key": "pk_live_1", "hook_key": "whsec_1"}, "begins with sk_"),
        ({"secret_key": "sk_live_1", "hook_key": "abc"}, "begins with whsec_"),
        ({"secret_key": "sk_live_1"}, "cannot tell us"),
        ({"hook_key": "whsec_1"}, "secret key is missing"),
        ({"secret_key": "sk_live\n1", "hook_key": "whsec_1"}, "begins with sk_"),
        ({"secret_key": "sk_" + "a" * 400, "hook_key": "whsec_1"}, "begins with sk_"),
    ],
)
def test_what_is_no_key_is_said_at_its_field(signed_in, rows, brand, typed, says):
    refused = send(signed_in, path(brand), typed | {"your_password": PASSWORD})

    assert refused.status_code == 422
    assert says in refused.text
    assert keys(rows, brand) == (None, None)


def test_one_key_is_replaced_and_both_are_taken_out(signed_in, rows, brand):
    send(signed_in, path(brand), KEYS | {"your_password": PASSWORD})

    send(signed_in, path(brand), {"secret_key": "rk_live_2", "your_password": PASSWORD})
    assert keys(rows, brand) == ("rk_live_2", "whsec_xyz789")
    send(signed_in, path(brand), {"remove": "1", "your_password": PASSWORD})

    assert keys(rows, brand) == (None, None)


def test_an_estimator_does_not_come_here(app, rows, brand):
    pete = app.test_client()
    sign_in_as(pete, Role.ESTIMATOR)

    assert pete.get(path(brand)).status_code == 403
    assert send(pete, path(brand), KEYS | {"your_password": PASSWORD}).status_code == 403
    assert keys(rows, brand) == (None, None)
