"""The header of a profile: pencil, stars, tags, brand, notepad, archive and delete [A3-A24, A32-A34, R12, D6, M33]."""

from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import CustomerGroup, Note, Tag, TaxProfile
from seeds.builders import a_brand, a_contact, a_group, a_note, a_task, an_address, an_event
from tests.admin.customers.counter import Counter, Statements


def test_the_profile_shows_who_it_is_and_how_to_reach_them(counter):
    page = counter.page()

    for words in ("Finch household", "Clara Finch", "1 Mill Street, 8000 Aarhus", "settled"):
        assert words in page
    assert "020 7946 0958" in counter.page("contacts")


def test_the_pencil_edits_name_kind_tax_and_newsletter(counter):
    """[A13-A16]"""
    answer = counter.fill("edit", name="Finch & Co", kind="business", tax_profile="exempt", newsletter="on")

    group = counter.group
    assert answer.headers["Location"] == counter.home
    assert (group.name, group.kind, group.tax_profile, group.newsletter) == (
        "Finch & Co",
        "business",
        TaxProfile.EXEMPT,
        True,
    )


def test_a_refused_pencil_keeps_what_was_typed(counter):
    answer = counter.fill("edit", name="", description="Typed with care")

    assert answer.status_code == 422
    assert "Typed with care" in answer.text and "Name is missing" in answer.text
    assert counter.group.description is None


def test_edits_of_two_people_merge_and_overlaps_are_shown_side_by_side(counter):
    """[L16, 144]"""
    from tests.admin.customers.counter import typed_on

    mine = typed_on(counter.get("edit"))
    counter.fill("edit", name="Finch family", description="By the other one")

    merged = counter.post("edit", mine | {"notes": "By me"}, follow_redirects=True)
    assert "Description" in merged.text and "that was kept too" in merged.text
    assert (counter.group.description, counter.group.notes) == ("By the other one", "By me")

    conflict = counter.post("edit", mine | {"name": "Finch and Sons"})
    assert conflict.status_code == 409
    assert "Finch family" in conflict.text and "Finch and Sons" in conflict.text
    counter.post("edit", typed_on(conflict) | {"name": "Finch and Sons", "choose-name": "theirs"})
    assert counter.group.name == "Finch family"
    again = counter.post("edit", typed_on(conflict) | {"name": "Finch and Sons", "choose-name": "yours"})
    assert again.status_code == 302 and counter.group.name == "Finch and Sons"


def test_stars_are_set_and_strange_ratings_refused(counter):
    """[A12]"""
    counter.post("stars", {"rating": "4"})
    refused = [counter.post("stars", {"rating": rating}).status_code for rating in ("6", "-1", "many", "")]

    assert counter.group.rating == 4
    assert refused == [422, 422, 422, 422]


def test_a_tag_is_typed_reused_and_taken_off(counter):
    """[A21, A22, 33]"""
    page = counter.home + "/payments"
    assert counter.post("tags", {"tag": "Slow payer", "back": page}).headers["Location"] == page
    counter.post("tags", {"tag": " slow  PAYER "})
    counter.post("tags", {"tag": "gate code"})

    group = counter.group
    assert [tag.name for tag in group.tags] == ["gate code", "Slow payer"]
    counter.post(f"tags/{group.tags[1].id}/remove")
    assert [tag.name for tag in counter.group.tags] == ["gate code"]
    assert counter.look().scalar(select(Tag).where(Tag.name == "Slow payer")) is not None
    assert "Type a word for the tag" in counter.post("tags", {"tag": "  "}, follow_redirects=True).text
    assert counter.post("tags/999/remove").status_code == 404


def test_what_is_typed_is_shown_as_typed(counter):
    """security.md, promise 6."""
    evil = "<script>alert('x')</script>"
    counter.post("tags", {"tag": evil})
    counter.post("notes", {"body": evil})
    counter.fill("edit", name=evil, description=evil)

    page = counter.page()

    assert evil not in page and "&lt;script&gt;" in page


def brand_name(counter: Counter) -> str | None:
    """What the brand of the customer is called now; None where none is chosen."""
    brand = counter.group.brand
    return brand.name if brand else None


def test_the_brand_is_chosen_from_the_side(counter):
    """[A24]"""
    session = counter.look()
    north, south = a_brand(session), a_brand(session, name="South", key="south")
    chosen = str(south.id)
    session.commit()

    asked = counter.page(f"brand?brand={chosen}")
    assert "New documents and mails come from South" in asked and brand_name(counter) is None
    counter.post("brand", {"brand": chosen})
    assert brand_name(counter) == "South"
    counter.post("brand", {"brand": ""})
    assert brand_name(counter) is None
    assert counter.post("brand", {"brand": "424242"}).status_code == 422
    assert north.id


def test_the_notepad_takes_words_and_gives_them_up(counter):
    """[A33, A34]"""
    counter.post("notes", {"body": "Two\r\nlines"})
    note = counter.look().scalars(select(Note)).one()
    assert (note.body, note.author) == ("Two\nlines", "Ann Ashworth")

    other = a_note(counter.look(), a_group(counter.session, name="Other"))
    stranger = other.id
    counter.session.commit()
    assert counter.post(f"notes/{stranger}/remove").status_code == 404
    counter.post(f"notes/{note.id}/remove")
    assert [kept.id for kept in counter.look().scalars(select(Note))] == [stranger]
    assert "Write a few words first" in counter.post("notes", {"body": "\n "}, follow_redirects=True).text


def test_archiving_hides_and_restoring_brings_back(counter):
    """[R12, D6]"""
    assert "Restore brings it back" in counter.page("archive")
    assert "can be restored at any time" in counter.post("archive", follow_redirects=True).text
    assert "Finch household" not in counter.page("/admin/customers/")
    assert "Finch household" in counter.page("/admin/customers/?archived=1")
    counter.post("restore")
    assert counter.group.archived_at is None


def test_deleting_says_what_goes_and_that_it_is_final(counter):
    """[A17-A19, R12]"""
    page = counter.page("delete")
    assert (
        "1 address" in page
        and "1 addresses" not in page
        and "2 contacts" in page
        and "cannot be restored" in page
    )

    answer = counter.post("delete", follow_redirects=True)

    assert "Finch household deleted" in answer.text
    assert counter.look().get(CustomerGroup, counter.group_id) is None


def test_only_the_owner_deletes(counter):
    """[A18]"""
    for role in (Role.OFFICE, Role.ESTIMATOR, Role.ANALYST, Role.CREW):
        counter.sits_down(role)
        assert counter.get("delete").status_code == 403
        assert counter.post("delete").status_code == 403
    assert counter.group is not None


def test_readers_are_shown_no_button_that_they_may_not_press(counter):
    counter.sits_down(Role.ANALYST)

    page = counter.page()

    for absent in ("/edit", "/archive", "/delete", "/stars", "Record payment", "Add contact", "Add note"):
        assert absent not in page
    assert counter.post("tags", {"tag": "x"}).status_code == 403
    assert counter.post("notes", {"body": "x"}).status_code == 403


def test_back_leads_only_to_pages_of_this_profile(counter):
    """security.md: no open redirect."""
    for wanted in ("https://evil.example/", "//evil.example", "/admin/users/", "\\evil"):
        assert counter.post("stars", {"rating": "1", "back": wanted}).headers["Location"] == counter.home


def test_every_tab_costs_the_same_statements_for_a_small_and_a_large_customer(counter):
    tabs = ("contacts", "addresses", "payments", "tasks", "events", "files", "billing", "timeline", "site")
    small = {}
    for tab in tabs:
        with Statements(counter.client) as counted:
            counter.page(tab)
        small[tab] = counted.count
    session, group = counter.look(), counter.group
    for number in range(30):
        a_contact(session, group, first_name=f"Child {number}", last_name="Finch")
        an_address(session, group, line1=f"{number} High Street")
        a_task(session, group, title=f"Task {number}")
        an_event(session, group, title=f"Event {number}")
        a_note(session, group, body=f"Note {number}")
    session.commit()

    large = {}
    for tab in tabs:
        with Statements(counter.client) as counted:
            counter.page(tab)
        large[tab] = counted.count

    assert large == small
    assert "10 older notes" in counter.page()
