"""The set-up of an empty home: company, brands, taxes, the owner's account; it closes when the owner exists.

`sawhorse serve` prints the one-time link `/setup/<token>`.  Each step is kept when it is sent, so that an interrupted
set-up goes on where it stood; the rest (staff, logo, mail test, moving in) follows signed in, on the first steps page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import EmailField, Form, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from admin_app.admin.company_form import company_form
from admin_app.admin.forms import RecordForm, form_fields, open_form, record_values
from admin_app.admin.sign_in import MOST_TYPED, passwords
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_integer
from admin_app.kernel.passwords import HINT, check_password
from admin_app.models import Brand, Company, DocumentKind, NumberSeries, TaxRate
from admin_app.models.base import OfficeSession
from admin_app.records.values import office_reading
from admin_app.services import staff_sessions, start_company
from admin_app.services.company_rules import countries
from admin_app.services.read_values import read_values
from admin_app.services.staff_sessions import Lifetimes
from admin_app.web.access import public
from admin_app.web.company import clock, office_session
from admin_app.web.login import release_transaction, settings, sign_in_with, visitor
from admin_app.web.office import keep_nothing

setup = Blueprint("setup", __name__, url_prefix="/setup/<token>")

STEPS = ("Company", "Brands", "Taxes", "Your account", "First steps")
BRAND_FIELDS = (
    "name", "legal_name", "email", "phone", "website", "address", "tax_id", "bank_name", "iban", "bic",
    "payment_terms_days",
)  # fmt: skip
"""What the set-up asks of a brand; logo, colour and small print follow in the settings."""


class SeriesForm(Form):
    """Where the invoice numbers of a brand go on."""

    prefix = StringField(
        "Invoice numbers begin with",
        [Length(max=24)],
        description="Printed before the number, such as N-2026-. Blank: the brand's short name",
    )
    next_number = StringField(
        "Next invoice number",
        [Length(max=18)],
        description="Go on where your last system stopped",
        render_kw={"inputmode": "numeric"},
    )


class OwnerForm(Form):
    """The first account: the owner's."""

    name = StringField("Your name", [InputRequired("Type your name"), Length(max=120)])
    email = EmailField("Your email", [InputRequired("Type your email address"), Length(max=254)])
    new = PasswordField("Password", [InputRequired("Choose a password"), Length(max=MOST_TYPED)])
    again = PasswordField("The same again", [InputRequired("Type it a second time"), Length(max=MOST_TYPED)])


def _entered(token: str) -> OfficeSession:
    """The session of somebody who holds the link; the program acts in his place until he has a name."""
    session = office_session()
    session.info["actor"] = SYSTEM
    start_company.enter(session, token, clock())
    return session


@setup.get("/")
@public
def index(token: str) -> ResponseReturnValue:
    """Open the first step that is not done yet."""
    session = _entered(token)
    if session.scalar(select(Company.id)) is None:
        return redirect(url_for("setup.company", token=token))
    if session.scalar(select(Brand.id).limit(1)) is None:
        return redirect(url_for("setup.brands", token=token))
    return redirect(url_for("setup.account", token=token))


@setup.route("/company", methods=["GET", "POST"])
@public
def company(token: str) -> ResponseReturnValue:
    """Name, country, currency, zone; and how tax is rounded."""
    session = _entered(token)
    row = session.scalar(select(Company))
    form = company_form(SYSTEM, _company_values(session, row), setting_up=True)
    if request.method == "POST":
        try:
            start_company.keep_company(session, form.values())
            return redirect(url_for("setup.brands", token=token))
        except Invalid as refusal:
            form.show_refusal(refusal)
    return _step("auth/setup_company.html", 1, form=form)


@setup.route("/brands", methods=["GET", "POST"])
@public
def brands(token: str) -> ResponseReturnValue:
    """The names under which the company trades, with terms and the next invoice number; one at least."""
    session = _entered(token)
    known = _brands(session)
    form = _brand_form(session, first=not known)
    series = SeriesForm(request.form, data={"next_number": "1"})
    if request.method == "POST":
        try:
            start_company.add_brand(session, form.values(), *_series(session, series, form))
            return redirect(url_for("setup.brands", token=token))
        except Invalid as refusal:
            _show(form, series, refusal)
    return _step("auth/setup_brands.html", 2, form=form, series=series, brands=known, token=token)


@setup.route("/taxes", methods=["GET", "POST"])
@public
def taxes(token: str) -> ResponseReturnValue:
    """The taxes that lines can carry; a company that charges none goes on."""
    session = _entered(token)
    posted = request.form if request.method == "POST" else None
    fields = form_fields(TaxRate, SYSTEM, only=("name", "rate", "compound", "is_default"))
    form = open_form(session, SYSTEM, fields, posted=posted)
    if request.method == "POST":
        try:
            start_company.add_tax_rate(session, form.values())
            return redirect(url_for("setup.taxes", token=token))
        except Invalid as refusal:
            form.show_refusal(refusal)
    rates = session.scalars(select(TaxRate).order_by(TaxRate.id)).all()
    return _step("auth/setup_taxes.html", 3, form=form, rates=rates, token=token)


@setup.route("/account", methods=["GET", "POST"])
@public
def account(token: str) -> ResponseReturnValue:
    """The owner's account; sending it closes the set-up and signs the owner in."""
    session = _entered(token)
    name = session.scalar(select(Company.name)) or ""
    form = OwnerForm(request.form)
    if request.method == "POST" and form.validate():
        if form.new.data != form.again.data:
            form.again.errors = ["The two passwords differ; type the same twice"]
        else:
            try:
                return _make_owner(form, token, name)
            except Invalid as refusal:
                _show_account(form, refusal)
    return _step("auth/setup_account.html", 4, form=form, hint=HINT)


def _make_owner(form: OwnerForm, token: str, company_name: str) -> Response:
    typed, email, name = (cast(str, form[key].data) for key in ("new", "email", "name"))
    try:
        check_password(typed, name, email, company_name)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"new": refusal.sentence}) from None
    release_transaction()
    kept = passwords().hash(typed)
    session = _entered(token)
    now = clock()
    owner = start_company.make_owner(session, token, {"name": name, "email": email}, kept, now)
    begun = staff_sessions.begin(session, owner, visitor(), Lifetimes.by(settings()), now)
    answer = cast(Response, redirect(url_for("settings.first_steps")))
    sign_in_with(begun, answer)
    return answer


def _step(template: str, number: int, **context: Any) -> Response:
    status = 200
    if request.method == "POST":
        keep_nothing()
        status = 422
    answer = make_response(render_template(template, steps=STEPS, step=number, **context), status)
    answer.headers["Cache-Control"] = "no-store"  # the page names the link's secret
    return answer


def _company_values(session: OfficeSession, row: Company | None) -> Mapping[str, Any]:
    if row is None:
        return _guessed() | {"tax_mode": "document"}
    return record_values(row, form_fields(Company, SYSTEM), office_reading(session))


def _guessed() -> dict[str, str]:
    """Country, currency and language as the browser's language suggests; only proposed, never kept unseen."""
    for preferred, _ in request.accept_languages:
        try:
            locale = Locale.parse(preferred, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
        if locale.territory in countries():
            currencies = get_territory_currencies(locale.territory)
            return {
                "country": locale.territory,
                "currency": currencies[0] if currencies else "EUR",
                "language": str(locale),
            }
    return {"country": "GB", "currency": "GBP", "language": "en_GB"}


def _brand_form(session: OfficeSession, *, first: bool) -> RecordForm:
    """The first brand is usually the company itself, so its name and addresses are filled in."""
    row = session.scalar(select(Company)) if first else None
    data = {"payment_terms_days": "30"}
    if row is not None:
        data |= {"name": row.name, "legal_name": row.name, "email": row.email or "", "phone": row.phone or ""}
    fields = form_fields(Brand, SYSTEM, only=BRAND_FIELDS)
    return open_form(
        session, SYSTEM, fields, posted=request.form if request.method == "POST" else None, data=data
    )


def _brands(session: OfficeSession) -> list[tuple[Brand, NumberSeries | None]]:
    query = (
        select(Brand, NumberSeries)
        .outerjoin(
            NumberSeries,
            (NumberSeries.brand_id == Brand.id) & (NumberSeries.document == DocumentKind.INVOICE),
        )
        .order_by(Brand.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _series(session: OfficeSession, series: SeriesForm, form: RecordForm) -> tuple[str, int]:
    """The prefix and the next number; raises Invalid with everything that is wrong in both forms, told at once."""
    wrong: dict[str, str] = {}
    if not series.validate():
        wrong |= {field.name: str(field.errors[0]) for field in series if field.errors}
    number = 1
    try:
        number = parse_integer(series.next_number.data or "1", 1, 2_000_000_000)
    except Invalid as refusal:
        wrong |= {"next_number": refusal.sentence}
    if not wrong:
        return (series.prefix.data or "").strip(), number
    try:
        read_values(session, Brand, form.values() | {"key": "any"}, SYSTEM, new=True, currency=None)
    except Invalid as refusal:
        wrong |= refusal.fields
    raise Invalid("Some fields need another look", wrong)


def _show(form: RecordForm, series: SeriesForm, refusal: Invalid) -> None:
    """Each sentence at its field, whichever of the two forms has it."""
    mine = {key: said for key, said in refusal.fields.items() if key in series}
    for key, said in mine.items():
        series[key].errors = [said]
    rest = {key: said for key, said in refusal.fields.items() if key not in mine}
    if rest or not refusal.fields:
        form.show_refusal(Invalid(refusal.sentence, rest))
        # One summary at the top tells of both.
        form.form_errors.extend(f"{series[key].label.text}: {said}" for key, said in mine.items())


def _show_account(form: OwnerForm, refusal: Invalid) -> None:
    for key, said in (refusal.fields or {"name": refusal.sentence}).items():
        form[key if key in form else "name"].errors = [said]
