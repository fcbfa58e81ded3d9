"""What the crew's thumb does on the phone, and what it waits for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.company import say_yes_to_all


def until(phone: Page, words: str, script: str) -> None:
    """Wait until an asynchronous question of the browser is answered by yes."""
    phone.wait_for_load_state()
    for _ in range(300):
        if phone.evaluate(script):
            return
        phone.wait_for_timeout(100)
    pytest.fail(words)


def all_sent(phone: Page) -> None:
    until(phone, "something still waits on the phone", "async () => (await sawhorseJobs.all()).length === 0")


def warmed(phone: Page, jobs: int = 1) -> None:
    """The pages of today lie on the phone: each job and its last form."""
    until(
        phone,
        "the pages of today do not lie on the phone",
        "async () => { let found = 0; for (const name of await caches.keys()) if (name.includes('pages')) "
        "for (const one of await (await caches.open(name)).keys()) found += one.url.endsWith('/forms/finish'); "
        f"return found >= {jobs}; }}",
    )


def answer_safety_and_start(phone: Page) -> None:
    """The one thing to do is the form, then the start."""
    phone.get_by_role("link", name="Fill in the pre-job safety form").last.click()
    expect(phone.get_by_role("heading", name="Pre-job safety form")).to_be_visible()
    say_yes_to_all(phone)
    phone.get_by_label("Where is the first-aid kit", exact=False).fill("In the van; Cem")
    phone.get_by_role("button", name="Save the form").click()
    expect(phone).not_to_have_url(re.compile("/forms/"))
    expect(phone.get_by_role("button", name="Start work")).to_be_visible()
    if phone.get_by_role("heading", name="My jobs").is_visible():
        phone.get_by_role("link", name="Fell the ash").first.click()
    start = phone.get_by_role("button", name="Start work")
    expect(start).to_be_visible()
    start.click()
    expect(phone.locator("[data-clock]")).to_be_visible()
    if phone.get_by_role("heading", name="My jobs").is_visible():
        phone.get_by_role("link", name="Services, forms and photos").first.click()
    expect(phone.get_by_role("heading", name="To do")).to_be_visible()


def tick(phone: Page, words: str) -> None:
    phone.get_by_label(words, exact=False).click()


def photos(phone: Page, folder: Path) -> None:
    """Two at once from the camera."""
    files = []
    for name, colour in (("stump.jpg", "brown"), ("gate.jpg", "grey")):
        Image.new("RGB", (1200, 900), colour).save(folder / name, "JPEG")
        files.append(folder / name)
    phone.locator("#photo").set_input_files(files)
    expect(phone.locator("[data-photos] [data-waiting]")).to_have_count(2)


def note(phone: Page, words: str) -> None:
    phone.get_by_label("Tell the office").fill(words)
    phone.get_by_role("button", name="Send note").click()
    expect(phone.locator("[data-notes]").get_by_text(words)).to_be_visible()
