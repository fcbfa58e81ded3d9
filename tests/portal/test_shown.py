"""The one table of what the portal shows: every kind has its list, its page and its name."""

import pytest
from flask import Flask

from admin_app.models import Thread
from admin_app.policy.switches import LINKED
from admin_app.portal.shown import SHOWN
from admin_app.portal.talk import title_of
from admin_app.web.clients import PORTAL


@pytest.mark.parametrize("word", SHOWN)
def test_the_page_of_a_kind_lies_in_its_part_of_the_addresses(app: Flask, word: str):
    shown = SHOWN[word]
    (page,) = app.url_map.iter_rules(f"{PORTAL}.{shown.page}")

    assert page.rule == f"/portal/{shown.part}/<public_id>"


def test_whatever_a_document_link_opens_has_a_page():
    assert set(LINKED) <= set(SHOWN)


@pytest.mark.parametrize(
    ("about", "subject", "told"),
    [
        ("estimate", "Estimate E-7: Fell the ash", "Proposal E-7: Fell the ash"),
        ("workorder", "Workorder W-7: Fell the ash", "Job W-7: Fell the ash"),
        ("event", "Event: Survey", "Appointment: Survey"),
        ("lead", "Lead: Gutter leaks", "Request: Gutter leaks"),
        ("invoice", "Invoice N-7: Fell the ash", "Invoice N-7: Fell the ash"),
        ("receipt", "Receipt 12: Fell the ash", "Receipt 12: Fell the ash"),
        ("estimate", "Can it be later?", "Can it be later?"),
        (None, "Estimate of the costs", "Estimate of the costs"),
        (None, "", "Message"),
    ],
)
def test_a_thread_is_called_by_the_word_of_the_client(about: str | None, subject: str, told: str):
    assert title_of(Thread(about=about, subject=subject)) == told
