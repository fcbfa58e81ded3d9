"""Each field of the portal's look comes from the nearest that says something [W23-W26, E1, D9, 115, 116]."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from admin_app.kernel.contrast import is_readable
from admin_app.services.portal.look import (
    DARK_GROUND,
    LIGHT_GROUND,
    SHIPPED_ACCENT,
    drawn,
    falls_back_to,
    layers_of,
    look_of,
    with_own,
)
from seeds.builders import a_brand, a_company, a_group
from seeds.portal_builders import a_portal_look
from tests.records.lists import statements


def test_without_any_look_the_portal_shows_the_customers_brand(session: Session) -> None:
    """The portal shows the company's branding by itself [E1]."""
    a_company(session, phone="+441632960001", email="office@harding.test")
    a_brand(session, name="Harbour", key="harbour", is_default=True, accent="#7a1f1f")
    north = a_brand(
        session, accent="#17612d", logo_key="north-logo", phone="+441632960002", website="north.test"
    )
    look = look_of(session, a_group(session, brand_id=north.id).id)
    assert (look.title, look.brand_name, look.accent) == ("North Tree Care", "North Tree Care", "#17612d")
    assert (look.logo_key, look.website) == ("north-logo", "north.test")
    assert (look.phone, look.email) == ("+441632960002", "office@harding.test")


def test_a_customer_without_a_brand_sees_the_usual_one_and_a_document_its_own(session: Session) -> None:
    """As on paper: the document's brand, the customer's, the usual one [W26]."""
    a_company(session)
    a_brand(session, name="Harbour", key="harbour")
    a_brand(session, is_default=True)
    group = a_group(session)
    assert look_of(session, group.id).title == "North Tree Care"
    harbour = a_brand(session, name="Roofs", key="roofs", accent="#123456")
    assert look_of(session, group.id, harbour.id).title == "Roofs"


def test_each_field_falls_back_by_itself(session: Session) -> None:
    """Customer, brand's portal, brand, company's portal: each says one thing, all are heard [W26, D9, 115]."""
    a_company(session)
    brand = a_brand(session, is_default=True, accent="#7a1f1f", logo_key="of-the-brand")
    group = a_group(session, brand_id=brand.id)
    a_portal_look(session, accent="#17612d", footer="Of the company", welcome="Of the company")
    a_portal_look(session, brand_id=brand.id, accent=None, welcome="Of the brand", title="  ")
    a_portal_look(session, group_id=group.id, accent=None, title="For Clara")
    look = look_of(session, group.id)
    assert (look.title, look.brand_name) == ("For Clara", "North Tree Care")
    assert (look.accent, look.logo_key) == ("#7a1f1f", "of-the-brand")
    assert (look.welcome, look.footer) == ("Of the brand", "Of the company")


def test_the_look_of_another_customer_or_brand_is_never_taken(session: Session) -> None:
    """What was chosen for one customer stays with this one [W26]."""
    a_company(session)
    brand, other = a_brand(session, is_default=True), a_brand(session, name="Harbour", key="harbour")
    a_portal_look(session, group_id=a_group(session, name="Otto").id, title="For Otto", welcome="Otto")
    a_portal_look(session, brand_id=other.id, title="For Harbour", accent="#123456")
    look = look_of(session, a_group(session, brand_id=brand.id).id)
    assert (look.title, look.welcome, look.accent) == ("North Tree Care", "", SHIPPED_ACCENT)


def test_under_the_companys_own_address_the_company_goes_before_its_usual_brand(session: Session) -> None:
    """At sign-in nobody knows yet whose customer it is [W21, W26]."""
    a_company(session)
    a_brand(session, is_default=True, accent="#7a1f1f", logo_key="of-the-brand")
    look = look_of(session, None)
    assert (look.title, look.accent, look.logo_key) == ("Harding & Daughters", "#7a1f1f", "of-the-brand")
    a_portal_look(session, title="Our clients", accent="#17612d")
    assert (look_of(session, None).title, look_of(session, None).accent) == ("Our clients", "#17612d")


def test_before_there_is_a_company_the_portal_looks_as_shipped(session: Session) -> None:
    """The first page of all is drawn too."""
    look = look_of(session, None)
    assert (look.title, look.accent, look.logo_key) == ("Customer portal", SHIPPED_ACCENT, None)


@pytest.mark.parametrize("accent", ["#ffd400", "#fefefe", "#000000", "#0b1a6b", "#808080", "#00ff00"])
def test_whatever_the_brand_chose_the_accent_can_be_read_in_both_themes(
    session: Session, accent: str
) -> None:
    """Also an accent that was typed for paper and never checked [116]."""
    a_company(session)
    a_brand(session, is_default=True, accent=accent)
    look = look_of(session, None)
    assert is_readable(look.accent, LIGHT_GROUND)
    assert is_readable(look.accent_dark, DARK_GROUND)
    assert is_readable(look.on_accent, look.accent)
    assert is_readable(look.on_accent_dark, look.accent_dark)


def test_the_settings_see_what_is_typed_and_where_an_empty_field_falls_back_to(session: Session) -> None:
    """Live preview before anything is saved; half a colour counts as none [W24, 115, 116]."""
    a_company(session)
    brand = a_brand(session, is_default=True, accent="#7a1f1f")
    group = a_group(session, brand_id=brand.id)
    layers = layers_of(session, group.id)
    typed = with_own(layers, {"title": "For Clara", "accent": "#12", "welcome": ""})
    assert (drawn(typed).title, drawn(typed).accent) == ("For Clara", "#7a1f1f")
    assert falls_back_to(layers, "accent") == ("#7a1f1f", "the brand North Tree Care")
    assert falls_back_to(layers, "welcome") == ("", "")


def test_a_look_takes_two_statements_however_many_looks_are_kept(session: Session) -> None:
    """Every page of the portal asks for it."""
    a_company(session)
    brand = a_brand(session, is_default=True)
    groups = [a_group(session, name=f"Group {number}", brand_id=brand.id) for number in range(12)]
    for group in groups:
        a_portal_look(session, group_id=group.id, title=group.name)
    wanted = groups[3].id
    session.expire_all()
    with statements(session) as asked:
        assert look_of(session, wanted).title == "Group 3"
    assert len(asked) == 2, asked
