"""The word behind /portal/ that leads to one customer's sign-in page [W21, E12, 111]."""

from __future__ import annotations

import pytest
from flask import Flask

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed
from admin_app.services.portal.identifiers import (
    RESERVED,
    group_behind,
    propose_identifier,
    set_identifier,
)
from seeds.builders import a_company, a_group

CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)


def test_a_word_is_kept_small_found_again_and_taken_away(session, ann):
    a_company(session)
    group = a_group(session)

    assert set_identifier(session, group, "  Smith-House2 ", ann) == "smith-house2"
    assert group_behind(session, "SMITH-house2") is group
    assert set_identifier(session, group, "", ann) is None
    assert group_behind(session, "smith-house2") is None


def test_the_public_id_leads_to_the_same_door_so_that_every_customer_has_a_link(session, ann):
    """[E12]"""
    group = a_group(session)

    assert group_behind(session, group.public_id) is group
    assert group_behind(session, group.public_id[:-1]) is None


@pytest.mark.parametrize(
    "word",
    [
        "ab",
        "x" * 41,
        "a b",
        "a--b",
        "-ab",
        "ab-",
        "a/b",
        "a.b",
        "müller",
        "a%2fb",
        "<b>",
        "a\x00b",
        "sign-in",
        "INVOICES",
        "admin",
    ],
)
def test_what_cannot_stand_in_an_address_is_refused(session, ann, word):
    with pytest.raises(Invalid) as refusal:
        set_identifier(session, a_group(session), word, ann)

    assert set(refusal.value.fields) == {"portal_identifier"}


def test_a_word_belongs_to_one_customer(session, ann):
    first, second = a_group(session), a_group(session, name="Second")
    set_identifier(session, first, "smith", ann)

    with pytest.raises(Invalid, match="another customer"):
        set_identifier(session, second, "Smith", ann)
    assert set_identifier(session, first, "smith", ann) == "smith"


def test_a_crew_gives_no_words(session):
    with pytest.raises(NotAllowed):
        set_identifier(session, a_group(session), "smith", CEM)


def test_a_free_word_is_proposed_from_the_name(session, ann):
    first = a_group(session, name="Müller & Søn GmbH")
    assert propose_identifier(session, first) == "muller-son-gmbh"
    set_identifier(session, first, "muller-son-gmbh", ann)

    assert propose_identifier(session, a_group(session, name="Müller & Søn GmbH")) == "muller-son-gmbh-2"
    assert propose_identifier(session, a_group(session, name="Invoices")) == "invoices-2"
    assert propose_identifier(session, a_group(session, name="株式会社")) == ""
    assert len(propose_identifier(session, a_group(session, name="x" * 200))) <= 40


def test_no_word_can_hide_an_address_of_the_portal(app: Flask):
    """Read off the map of addresses: a page that is added later is reserved here too."""
    taken = {
        rule.rule.split("/")[2]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/portal/") and rule.rule.count("/") >= 2
    }
    words = {word for word in taken if word and "<" not in word}

    assert "sign-in" in words
    assert words <= RESERVED
