"""The generated list: columns, links, sorting, search, what each role sees, what a page costs."""

import re

from admin_app.kernel.actor import Role
from seeds.builders import a_group, a_tag
from tests.admin.entity_view.pages import kept
from tests.forms import send
from tests.signing import sign_in_as


def test_the_list_shows_columns_count_and_links(office, signed_in):
    group = a_group(office, name="Birch & Sons", balance=12_345)
    group.tags.append(a_tag(office))
    kept(office)

    page = signed_in.get("/admin/groups/")

    assert page.status_code == 200
    assert "Birch &amp; Sons" in page.text
    assert "Balance (EUR)" in page.text
    assert "123.45" in page.text
    assert f'href="/admin/customers/{group.id}"' in page.text
    assert '<span class="sh-count">1</span>' in page.text


def test_filters_read_as_a_sentence_and_can_be_taken_off(office, signed_in):
    owes = a_group(office, name="Owes", balance=20_000)
    owes.tags.append(a_tag(office))
    a_group(office, name="Paid")
    kept(office)

    page = signed_in.get("/admin/groups/?balance.from=100&tags.any=VIP&size=25")

    assert "Balance at least 100.00" in page.text
    assert "Tags has any of VIP" in page.text
    assert 'href="/admin/groups/?tags.any=VIP&amp;size=25"' in page.text
    assert "Owes" in page.text
    assert "Paid" not in page.text


def test_nothing_found_says_what_was_looked_for(office, signed_in):
    kept(office, a_group(office))

    page = signed_in.get("/admin/groups/?search=zzzz")

    assert "Nothing found" in page.text
    assert "found by “zzzz”" in page.text


def test_an_empty_list_offers_the_first_step(office, signed_in):
    page = signed_in.get("/admin/tasks/")

    assert "Nothing here yet" in page.text
    assert "Enter the first" in page.text


def test_the_chosen_columns_are_remembered_for_this_person(office, app, signed_in):
    kept(office, a_group(office))

    send(signed_in, "/admin/groups/", {})  # the list itself takes no POST
    answer = send(
        signed_in, "/admin/groups/columns/", {"column": ["name", "rating"], "url": "/admin/groups/"}
    )
    other = app.test_client()
    sign_in_as(other, Role.OFFICE)

    assert answer.status_code == 302
    heads = re.findall(r'<th scope="col"[^>]*><a[^>]*>([^<]+)<', signed_in.get("/admin/groups/").text)
    assert heads == ["Name", "Stars"]
    assert "Balance" in other.get("/admin/groups/").text


def test_a_page_of_the_list_costs_at_most_eight_statements_with_login(office, signed_in, app):
    for n in range(30):
        group = a_group(office, name=f"G{n}")
        group.tags.append(a_tag(office, f"t{n}"))
    kept(office)
    from tests.records.lists import statements

    signed_in.get("/admin/groups/")
    with statements(office) as sent:
        signed_in.get("/admin/groups/")

    # company, session with its person, columns, rows, tags, count, messages that wait; the company once more after
    assert len(sent) <= 8, "\n".join(statement[:120] for statement, _ in sent)
