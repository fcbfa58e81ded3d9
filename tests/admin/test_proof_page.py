"""The proof as a page [L3, 93]: green on honest books, red with the row named on broken ones."""

from flask.testing import FlaskClient
from sqlalchemy import text

from admin_app.kernel.actor import Role
from admin_app.models.base import OfficeSession
from admin_app.records.guard import allow_bulk
from seeds.builders import a_company, a_group
from tests.signing import sign_in_as


def test_honest_books_are_shown_green(signed_in: FlaskClient) -> None:
    page = signed_in.get("/admin/proof/").get_data(as_text=True)

    assert "rules hold." in page
    assert "I12" in page


def test_a_balance_that_no_entry_explains_is_named(signed_in: FlaskClient, session: OfficeSession) -> None:
    """I12: the cache of what a customer owes equals the journal."""
    a_company(session)
    group = a_group(session, name="The Wrongly Billed")
    session.commit()
    with allow_bulk("a test breaks the books"):
        session.execute(text("UPDATE customer_group SET balance = 4200 WHERE id = :id"), {"id": group.id})
    session.commit()

    page = signed_in.get("/admin/proof/").get_data(as_text=True)

    assert "broken" in page.lower()
    assert "The Wrongly Billed" in page


def test_a_crew_does_not_see_the_books(signed_in: FlaskClient) -> None:
    sign_in_as(signed_in, Role.CREW)

    assert signed_in.get("/admin/proof/").status_code == 403
