"""The look of the portal at the desk: fallback, preview, contrast, logo, saving, giving up [W23-W26, 115, 116]."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Brand, Company, PortalLook
from admin_app.services.portal.look import look_of
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_group
from seeds.portal_builders import a_portal_look
from tests.admin.settings.pages import picture, typed_into
from tests.forms import send
from tests.signing import a_user, on_sqlite, sign_in_as

COMPANY, BRAND = "/admin/settings/portal-look", "/admin/settings/portal-look/brands/1"
FILLED = {
    "accent": "#17612D",
    "title": "Harbour for you",
    "welcome": "Good to see you",
    "footer": "Est. 1952",
}


@pytest.fixture
def office(rows: Any, client: Any) -> Any:
    """Ashworth with the brand Harbour and one customer; ann sits at the desk."""
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", currency="GBP"))
        session.add(Brand(name="Harbour", key="harbour", is_default=True, accent="#7a1f1f"))
        session.flush()
        a_group(session, name="Otto's pub", brand_id=1)
        a_user(session)
    sign_in_as(client)
    return client


def keep(client: Any, path: str, **typed: Any) -> Any:
    """Open the page, type into it, send its form."""
    shown = typed_into(client.get(path))
    return client.post(path, data={**shown, **typed}, content_type="multipart/form-data")


def previews(page: Any) -> list[str]:
    """The documents in the frames of the preview."""
    return [html.unescape(drawn) for drawn in re.findall(r'srcdoc="([^"]*)"', page.text)]


def the_looks(rows: Any) -> list[PortalLook]:
    with rows() as session:
        return list(session.scalars(select(PortalLook).order_by(PortalLook.id)))


@pytest.mark.parametrize(
    ("path", "brand", "group"),
    [(COMPANY, None, None), (BRAND, 1, None), ("/admin/settings/portal-look/customers/1", None, 1)],
)
def test_a_look_is_kept_for_company_brand_or_customer(
    office: Any, rows: Any, path: str, brand: int | None, group: int | None
) -> None:
    """Each has its own page, and saving makes it active [W23, W24, W26, D9]."""
    assert keep(office, path, **FILLED).status_code == 302
    (look,) = the_looks(rows)
    assert (look.brand_id, look.group_id) == (brand, group)
    assert (look.accent, look.title, look.footer) == ("#17612d", "Harbour for you", "Est. 1952")

    assert keep(office, path, title="").status_code == 302
    (look,) = the_looks(rows)
    assert (look.title, look.welcome) == (None, "Good to see you"), (
        "what was emptied falls back, the rest stays"
    )


@on_sqlite
def test_a_preview_saves_nothing_and_draws_what_is_typed(office: Any, rows: Any) -> None:
    """Active on Save only; the preview is the portal's own page in the typed look [W24, 116]."""
    page = keep(office, BRAND, **FILLED, preview="1")
    assert page.status_code == 200
    assert the_looks(rows) == []
    light, dark = previews(page)
    assert light == dark
    assert "--accent: #17612d" in light
    assert "Harbour for you" in light and "Good to see you" in light and "Est. 1952" in light
    assert 'value="Harbour for you"' in page.text, "what was typed is still in the form"


@on_sqlite
def test_each_field_says_where_it_falls_back_to(office: Any, rows: Any) -> None:
    """Customer, brand, company: named at the field [W26, 115]."""
    with rows() as session:
        a_portal_look(session, footer="Of the company", accent=None)
        a_portal_look(session, brand_id=1, welcome="Of Harbour", accent=None)
    page = html.unescape(office.get("/admin/settings/portal-look/customers/1").text)
    assert "Empty: “#7a1f1f”, from the brand Harbour." in page
    assert "Empty: “Harbour”, from the brand Harbour." in page
    assert "Empty: “Of Harbour”, from the portal of Harbour." in page
    assert "Empty: “Of the company”, from the portal of the company." in page


@on_sqlite
def test_an_accent_that_cannot_be_read_is_refused_with_the_nearest_that_can(office: Any, rows: Any) -> None:
    """A forced choice: another colour, or the proposed one with one press [116]."""
    refused = keep(office, BRAND, accent="#ffd400", title="Harbour for you")
    assert refused.status_code == 422
    assert "cannot be read on light ground" in refused.text
    assert 'value="Harbour for you"' in refused.text
    assert the_looks(rows) == []
    use = re.search(r'name="use" value="(#[0-9a-f]{6})"', refused.text)
    assert use is not None
    shown = typed_into(refused)
    assert office.post(BRAND, data={**shown, "use": use[1]}).status_code == 302
    assert the_looks(rows)[0].accent == use[1]


@on_sqlite
@pytest.mark.parametrize("accent", ["red", "#12345", "#12345g", "#123456;}", "url(#x)"])
def test_what_is_no_colour_is_refused_and_never_drawn(office: Any, rows: Any, accent: str) -> None:
    """It would stand in a style sheet."""
    refused = keep(office, BRAND, accent=accent)
    assert refused.status_code == 422
    assert the_looks(rows) == []
    assert all("--accent: #7a1f1f;" in drawn for drawn in previews(refused))


@on_sqlite
def test_hostile_words_are_shown_as_words(office: Any) -> None:
    """Also in the document inside the preview."""
    page = keep(office, BRAND, title="</title><script>x</script>", welcome='"><img src=x>', preview="1")
    for drawn in previews(page):
        assert "<script>x" not in drawn
        assert "<img src=x>" not in drawn
        assert "&lt;script&gt;x" in drawn


@on_sqlite
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_and_active_after_save(office: Any, rows: Any, settings: Any, kind: str) -> None:
    """PNG, JPEG and WebP come in; a PNG of pixels alone is kept [W25]."""
    answer = keep(office, BRAND, logo=(picture(kind), f"logo.{kind.lower()}"))
    assert answer.status_code == 302
    key = the_looks(rows)[0].logo_key
    assert key is not None
    with FolderStorage(settings.files).open(key) as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    shown = office.get("/admin/settings/portal-look/brand/1/logo")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")

    keep(office, BRAND, remove_logo="1")
    assert the_looks(rows)[0].logo_key is None
    assert office.get("/admin/settings/portal-look/brand/1/logo").status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
            "logo.png",
            "SVG pictures can carry",
        ),
        (b"GIF89a not a logo", "logo.gif", "A logo is a PNG, JPEG or WebP picture"),
        (b"\x89PNG\r\n\x1a\nbroken", "logo.png", "logo"),
    ],
)
def test_other_pictures_are_refused_in_a_sentence_and_the_words_are_kept(
    office: Any, rows: Any, content: bytes, name: str, says: str
) -> None:
    """By content, whatever the name says [W25]."""
    refused = keep(office, BRAND, title="Kept here", logo=(io.BytesIO(content), name))
    assert refused.status_code == 422
    assert says in refused.text.lower() or says in refused.text
    assert 'value="Kept here"' in refused.text
    assert the_looks(rows) == []


@on_sqlite
def test_a_chosen_picture_is_seen_in_the_preview_and_not_stored(office: Any, settings: Any) -> None:
    """Without script too [W24, W25]."""
    before = list(FolderStorage(settings.files).stored_keys())
    page = keep(office, BRAND, preview="1", logo=(picture(), "logo.png"))
    assert all('src="data:image/png;base64,' in drawn for drawn in previews(page))
    assert list(FolderStorage(settings.files).stored_keys()) == before


def test_a_look_is_given_up_and_everything_falls_back(office: Any, rows: Any) -> None:
    """The page asks first; then the brand is shown again [W26]."""
    keep(office, BRAND, **FILLED)
    assert 'data-confirm-title="Reset the look of Harbour?"' in office.get(BRAND).text
    assert send(office, BRAND, {"reset": "1"}).status_code == 302
    assert the_looks(rows) == []
    with rows() as session:
        assert look_of(session, 1).title == "Harbour"


@on_sqlite
def test_two_people_at_one_look_hear_of_each_other(office: Any, rows: Any) -> None:
    """Nothing is lost by the second save (security.md, editable records)."""
    keep(office, BRAND, **FILLED)
    first = typed_into(office.get(BRAND))
    keep(office, BRAND, title="Theirs", footer="Theirs too")
    clash = office.post(BRAND, data={**first, "title": "Mine"})
    assert clash.status_code == 409
    assert "Theirs" in clash.text and "Mine" in clash.text
    assert office.post(BRAND, data={**first, "welcome": "Mine"}).status_code == 302
    (look,) = the_looks(rows)
    assert (look.title, look.welcome) == ("Theirs", "Mine")


@on_sqlite
def test_only_those_who_keep_the_settings_change_a_look(office: Any, rows: Any, app: Any) -> None:
    """The crew neither sees nor changes it."""
    with rows() as session:
        a_user(session, Role.CREW)
    crew = app.test_client()
    sign_in_as(crew, Role.CREW)
    assert crew.get(BRAND).status_code == 403
    assert send(crew, BRAND, {"title": "Mine"}).status_code == 403
    assert the_looks(rows) == []


@on_sqlite
@pytest.mark.parametrize(
    "path", ["/admin/settings/portal-look/brands/99", "/admin/settings/portal-look/customers/99"]
)
def test_a_look_of_nobody_is_not_there(office: Any, path: str) -> None:
    """Neither shown nor made."""
    assert office.get(path).status_code == 404
    assert send(office, path, {"title": "x", "base": ""}).status_code in (404, 422)


@on_sqlite
def test_the_brands_page_and_the_brand_lead_to_the_look(office: Any) -> None:
    """Reachable from where a brand is kept."""
    assert f'href="{BRAND}"' in office.get("/admin/settings/brands/1").text
    assert f'href="{COMPANY}"' in office.get("/admin/settings/brands/").text
