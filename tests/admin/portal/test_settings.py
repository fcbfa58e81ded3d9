"""Settings > Communications > Customer portal: only Save holds, what follows is said first [E7-E10, W13-W15, W32]."""

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Brand, Company
from tests.admin.portal.form import switches_on, without
from tests.signing import on_sqlite

PAGE = "/admin/settings/communications/portal"
pytestmark = on_sqlite


def shown(counter):
    return switches_on(counter.page(PAGE), "company-on")


def company(counter):
    return counter.look().get_one(Company, 1)


def test_the_page_is_found_below_communications_and_shows_the_link_to_copy(counter):
    """[E7, E13, W22]"""
    assert f'href="{PAGE}"' in counter.page("/admin/settings/communications")
    page = counter.page(PAGE)

    assert 'value="http://localhost/portal/"' in page and 'data-copy="portal-link"' in page
    assert "data-warn-unsaved" in page
    assert "1 portal user gets in, and 1 document link opens" in page


def test_switching_off_says_in_numbers_what_follows_and_asks_once_more(counter):
    """[E9, W32]"""
    typed = shown(counter) | {"company-on": "no"}

    asked = counter.post(PAGE, typed)
    assert asked.status_code == 200
    assert "1 portal user loses access" in asked.text and "1 link stops working" in asked.text
    assert company(counter).portal_enabled_default, "asking changes nothing"
    again = switches_on(asked.text, "company-on")
    assert again["company-on"] == "no", "what was chosen is still chosen"

    assert counter.post(PAGE, again).status_code == 302
    assert not company(counter).portal_enabled_default
    page = counter.page(PAGE)
    assert "1 portal user loses access" in page and "0 portal users get in" in page

    back = counter.post(PAGE, shown(counter) | {"company-on": "yes"})
    assert back.status_code == 302, "what only gives is not asked about"
    assert company(counter).portal_enabled_default


def test_what_was_agreed_to_before_the_numbers_changed_is_asked_again(counter):
    typed = shown(counter) | {"company-on": "no", "agreed": "4 portal users lose access"}

    assert "1 portal user loses access" in counter.post(PAGE, typed).text
    assert company(counter).portal_enabled_default


def test_modules_are_hidden_for_all_and_for_a_brand(counter):
    """[W15]"""
    brand = counter.look().scalars(select(Brand)).one().id
    typed = shown(counter) | {
        "company-shows": without("requests"),
        f"brand-{brand}-shows": without("files", "jobs"),
        f"brand-{brand}-on": "yes",
    }
    asked = counter.post(PAGE, typed)
    for words in ("no longer sees files", "no longer sees jobs", "no longer sees requests"):
        assert words in asked.text
    counter.post(PAGE, switches_on(asked.text, "company-on"))

    assert company(counter).portal_hides == ["requests"]
    assert counter.session.get_one(Brand, brand).portal_hides == ["files", "jobs"]
    page = counter.page(PAGE)
    assert "hidden for everybody" in page
    assert counter.post(PAGE, shown(counter)).status_code == 302, "as it was shown it changes nothing"
    assert company(counter).portal_hides == ["requests"]


def test_two_people_at_the_switches_do_not_undo_each_other(counter):
    mine = shown(counter)
    theirs = shown(counter) | {"company-shows": without("requests")}
    counter.post(PAGE, switches_on(counter.post(PAGE, theirs).text, "company-on"))

    refused = counter.post(PAGE, mine)

    assert refused.status_code == 409 and "Somebody else changed these switches" in refused.text
    assert company(counter).portal_hides == ["requests"]


@pytest.mark.parametrize("typed", [{}, {"company-on": "perhaps"}])
def test_a_form_that_the_page_did_not_make_is_refused(counter, typed):
    assert counter.post(PAGE, typed).status_code == 422
    assert company(counter).portal_enabled_default


def test_a_module_that_there_is_not_hides_nothing(counter):
    typed = shown(counter)
    typed["company-shows"] = [*typed["company-shows"], "secrets"]

    assert counter.post(PAGE, typed).status_code == 302
    assert company(counter).portal_hides == []


def test_only_who_may_change_settings_opens_it(counter):
    counter.sits_down(Role.ESTIMATOR)

    assert counter.get(PAGE).status_code == 403
