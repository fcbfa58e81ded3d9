"""250 customers tagged over five pages, three edited by a colleague meanwhile, and the act undone [34, L5, P25-P28]."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from admin_app.models import CustomerGroup, Tag, group_tag
from admin_app.models.engine import writing
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve, patient_page

pytestmark = pytest.mark.browser

HAD_IT = 40
ALL = 250
EDITED = ("Terrace house 041", "Terrace house 142", "Terrace house 243")


def test_undo_keeps_what_a_colleague_changed(page: Page, browser: Browser, serve: Serve, tmp_path: Path) -> None:
    company = found(tmp_path)
    _settle_the_terrace(company)
    address = serve(company.app)

    sign_in(page, address)
    _tag_all_that_match(page, address)
    assert _tagged(company) == ALL
    _colleague_edits_three(browser, address)
    page.get_by_role("button", name="Undo").click()

    for name in EDITED:
        expect(page.get_by_text(name).first).to_be_visible()
    assert _tagged(company) == HAD_IT + len(EDITED)


def _settle_the_terrace(company: SmallCompany) -> None:
    """250 houses of one terrace, 40 of them tagged already, and ten customers elsewhere."""
    with writing(), company.session() as session:
        tag = Tag(name="spring")
        for number in range(ALL):
            group = CustomerGroup(name=f"Terrace house {number:03d}")
            group.tags = [tag] if number < HAD_IT else []
            session.add(group)
        session.add_all(CustomerGroup(name=f"Farm {number}") for number in range(10))
        session.commit()


def _tag_all_that_match(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/groups/?search=terrace&bulk=1")
    page.get_by_label("Tick every row of this page").check()
    page.get_by_label("All 250 that match").check()
    page.get_by_label("Tag to add or take off").fill("Spring")
    page.get_by_role("button", name="Add tag").click()
    page.get_by_role("button", name="Add the tag to 250 customers").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def _colleague_edits_three(browser: Browser, address: str) -> None:
    context = browser.new_context()
    colleague = patient_page(context)
    sign_in(colleague, address, "bea")
    for name in EDITED:
        colleague.goto(f"{address}/admin/groups/?search={name.replace(' ', '+')}")
        colleague.get_by_role("link", name=name, exact=True).first.click()
        colleague.get_by_label("New tag").fill("rang up")
        colleague.get_by_label("New tag").press("Enter")
        expect(colleague.locator(".sh-tag", has_text="rang up")).to_be_visible()
    context.close()


def _tagged(company: SmallCompany) -> int:
    """How many customers carry the tag, by the database."""
    with company.session() as session:
        chosen = select(func.count()).select_from(group_tag).join(Tag, Tag.id == group_tag.c.tag_id)
        return int(session.scalar(chosen.where(Tag.folded == "spring")) or 0)
