"""Every trap of Flask-Admin that we know is closed: one test each, by its number in dependencies.md section 3."""

import importlib.util
import re
import subprocess
import sys
import tomllib
import warnings

import pytest
from flask_admin.contrib.sqla.view import ModelView
from wtforms import BooleanField, SelectField

from admin_app.admin.entity_view import EntityView
from admin_app.admin.views import ENTITY_VIEWS, entity_views
from admin_app.models import Base, CustomerGroup, Payment, Tag, Task
from admin_app.models.base import OfficeSession
from admin_app.web.database import Database, db
from seeds.builders import a_company, a_contact, a_group, a_tag, a_task
from tests.forms import send
from tests.house.house import APP, ROOT


@pytest.fixture
def settings(settings, sqlite_database):
    """These traps are in Python and in pages; one database is enough."""
    from dataclasses import replace

    return replace(settings, database_url=sqlite_database)


@pytest.fixture
def database(sqlite_database):
    return sqlite_database


@pytest.fixture
def group(app):
    """A customer with a contact, a tag and a task, kept."""
    from admin_app.kernel.actor import SYSTEM
    from admin_app.kernel.clock import SystemClock

    info = {"actor": SYSTEM, "clock": SystemClock(), "door": "test"}
    with app.app_context(), OfficeSession(db.engine, info=info, expire_on_commit=False) as session:
        a_company(session)
        made = a_group(session, name="Birch")
        made.tags.append(a_tag(session))
        a_contact(session, made, primary=True)
        a_task(session, made)
        session.commit()
        return made


ADDRESSES = [address for _, _, address, _ in ENTITY_VIEWS]


def test_f1_views_are_given_the_database_object(app):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        views = entity_views()

    assert all(view.session is db for view in views if isinstance(view, ModelView))
    assert isinstance(db, Database)


def test_f2_models_are_plain_and_need_no_flask():
    told = "import sys, admin_app.models; print('flask' in sys.modules, 'flask_sqlalchemy' in sys.modules)"

    answer = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert answer.stdout.split() == ["False", "False"]
    assert not hasattr(Base, "query")


def test_f3_babel_is_initialised(app):
    assert importlib.util.find_spec("flask_babel")
    assert "babel" in app.extensions


@pytest.mark.parametrize("address", ADDRESSES)
def test_f4_no_page_holds_an_inline_handler_or_a_script_address(signed_in, group, address):
    pages = [
        signed_in.get(f"/admin/{address}/{page}")
        for page in ("", "?bulk=1", "new/", "edit/?id=1", "details/?id=1", "delete/?id=1")
    ]

    for page in pages:
        assert page.status_code in (200, 302, 303, 404), page.request.path
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", page.text), page.request.path
        assert "javascript:" not in page.text
        assert not re.search(r"<[^>]*\sstyle\s*=", page.text)


def test_f5_forms_are_pages_and_never_dialogues_loaded_with_scripts():
    for view, *_ in ENTITY_VIEWS:
        assert not view.create_modal
        assert not view.edit_modal
        assert not view.details_modal


@pytest.mark.parametrize("address", ADDRESSES)
def test_f6_f7_f9_lists_are_not_edited_cell_by_cell(signed_in, group, address):
    assert not any(view.column_editable_list for view in entity_views() if isinstance(view, ModelView))
    assert not any(view.form_ajax_refs for view in entity_views() if isinstance(view, ModelView))
    assert send(signed_in, f"/admin/{address}/ajax/update/", {"list_form_pk": "1"}).status_code == 404
    assert signed_in.get(f"/admin/{address}/ajax/lookup/?name=group&query=a").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "flt0_0=no_such_enum_key",
        "page=99999999999999999999",
        "page=-1",
        "kind.is=castle",
        "sort=99",
        "size=-5",
        "after=AAAA",
        "search=%00",
        "flt1_99999999999999999999=x",
        "balance.from=99999999999999999999999999",
    ],
)
def test_f8_a_bad_query_string_is_answered_in_words(signed_in, group, query):
    answer = signed_in.get(f"/admin/groups/?{query}")

    assert answer.status_code in (200, 422)
    assert "Customers" in answer.text


@pytest.mark.parametrize("number", ["4711", "abc", "", "1.0", "99999999999999999999"])
@pytest.mark.parametrize("page", ["edit", "details"])
def test_f10_a_missing_record_is_404(signed_in, group, page, number):
    assert signed_in.get(f"/admin/groups/{page}/?id={number}").status_code == 404


def test_f11_what_the_database_refuses_is_a_plain_sentence(signed_in, group, app):
    with app.app_context(), OfficeSession(db.engine) as session:
        from admin_app.kernel.actor import SYSTEM
        from admin_app.kernel.clock import SystemClock

        session.info.update(actor=SYSTEM, clock=SystemClock(), door="test")
        session.add(Payment(group_id=group.id, paid_on=SystemClock().today(), amount=5, unallocated=5))
        session.commit()

    answer = send(signed_in, "/admin/groups/delete/", {"id": str(group.id), "confirmed": "1"})

    assert answer.status_code == 409
    assert "SQL" not in answer.text
    assert "customer_group" not in answer.text
    with pytest.raises(RuntimeError, match="surprise"):
        EntityView.handle_view_exception(object.__new__(EntityView), RuntimeError("surprise"))


def test_f12_every_post_of_every_view_needs_the_token(signed_in, group, app):
    posts = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule.startswith("/admin/") and "<" not in rule.rule
    ]

    assert len(posts) > 50
    for rule in posts:
        assert signed_in.post(rule.rule, data={"id": "1"}).status_code == 400, rule.rule


@pytest.mark.parametrize("amount", ["12.345", "99999999999999.999", "1e3", "NaN", "Infinity", "1_000"])
def test_f13_money_is_never_rounded_or_overflown_in_silence(signed_in, group, app, amount):
    data = {"group": str(group.id), "amount": amount, "paid_on": "2026-03-01", "method": "cash"}

    answer = send(signed_in, "/admin/payments/new/", data)

    assert answer.status_code == 422
    assert "sh-error" in answer.text


def test_f14_an_export_computes_nothing_and_says_its_encoding(signed_in, app, group):
    with app.app_context(), OfficeSession(db.engine) as session:
        from admin_app.kernel.actor import SYSTEM
        from admin_app.kernel.clock import SystemClock

        session.info.update(actor=SYSTEM, clock=SystemClock(), door="test")
        a_group(session, name="=cmd|' /C calc'!A0")
        session.commit()

    answer = signed_in.get("/admin/groups/export/csv/")

    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "'=cmd|" in answer.text
    assert ",=cmd" not in answer.text
    assert signed_in.get("/admin/groups/export/xlsx/").data[:2] == b"PK"


def test_f15_wtforms_is_pinned_below_what_flask_admin_cannot_use():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert any(re.match(r"wtforms.*<3\.4", line) for line in needed)


def test_f15_no_page_loads_flask_admins_old_scripts(signed_in, group):
    for page in ("/admin/groups/", "/admin/tasks/new/", "/admin/tasks/details/?id=1"):
        text = signed_in.get(page).text
        assert "jquery" not in text.lower()
        assert "/admin/static/" not in text


def test_f16_nothing_imports_the_asynchronous_part_of_sqlalchemy():
    offenders = [
        file
        for file in APP.rglob("*.py")
        if "sqlalchemy.ext.asyncio" in file.read_text() or "greenlet" in file.read_text()
    ]

    assert not offenders


def test_f17_only_the_bare_flask_admin_is_installed_and_redirects_stay_here(signed_in, group):
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert any(line.startswith("flask-admin>=") for line in needed)  # without an extra in brackets

    for url in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = send(signed_in, "/admin/tags/new/", {"name": f"t {url}"[:50], "url": url})
        assert answer.status_code == 302
        assert answer.location.startswith("/admin/tags/"), url


def test_flask_admins_own_ways_to_commit_are_closed():
    view = object.__new__(EntityView)

    for way in (
        lambda: view.create_model(None),
        lambda: view.update_model(None, None),
        lambda: view.delete_model(None),
    ):
        with pytest.raises(RuntimeError, match="services"):
            way()
    assert all(not view._actions for view in entity_views() if isinstance(view, ModelView))


def test_a_page_that_fails_is_not_run_twice():
    calls = []

    def page(view):
        calls.append(view)
        raise TypeError("once")

    with pytest.raises(TypeError, match="once"):
        EntityView._run_view(object.__new__(EntityView), page)

    assert len(calls) == 1


def test_forms_hold_fields_of_their_own_and_no_converter_guesses(app, group):
    from admin_app.admin.forms import form_class, form_fields
    from admin_app.kernel.actor import SYSTEM

    form = form_class(form_fields(CustomerGroup, SYSTEM))()

    assert isinstance(form["newsletter"], BooleanField)
    assert isinstance(form["brand"], SelectField)
    assert "balance" not in form
    assert "sort_name" not in form
    assert {entity for _, entity, *_ in ENTITY_VIEWS} >= {CustomerGroup, Tag, Task}
