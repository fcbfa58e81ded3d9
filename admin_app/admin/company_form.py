"""The company's form, made from its declaration, with lists to choose from where the world has a list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, cast

from babel import Locale
from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import SelectField

from admin_app.admin.forms import RecordForm, form_class, form_fields
from admin_app.kernel.actor import Actor
from admin_app.models import Company
from admin_app.models.field import BoundField
from admin_app.services.company_rules import countries, currency_names, zones

LANGUAGES = (
    "en", "en_GB", "en_US", "en_AU", "en_CA", "en_IE", "en_NZ", "en_ZA", "bg", "cs", "da", "de", "de_AT", "de_CH", "el",
    "es", "es_MX", "et", "fi", "fr", "fr_BE", "fr_CA", "fr_CH", "hr", "hu", "is", "it", "ja", "lt", "lv", "nb", "nl",
    "nl_BE", "pl", "pt", "pt_BR", "ro", "sk", "sl", "sv", "tr", "uk",
)  # fmt: skip
"""Languages of dates and numbers that are offered; others can be set by the command line and stay."""


def company_form(
    actor: Actor,
    data: Mapping[str, Any],
    *,
    setting_up: bool = False,
    elsewhere: Collection[str] = (),
) -> RecordForm:
    """The form with what was posted, else with `data`; the set-up asks for less; `elsewhere` stands on other pages."""
    fields = tuple(bound for bound in form_fields(Company, actor) if bound.key not in elsewhere)
    if setting_up:
        fields = tuple(bound for bound in fields if bound.key in SET_UP)
    posted: MultiDict[str, str] | None = request.form if request.method == "POST" else None
    form = _form_class(fields)(posted, data=dict(data))
    form.form_errors = []
    for key in ("name", "country", "currency", "zone", "language"):
        form[key].flags.required = True
    for key in ("country", "currency", "zone", "language"):
        _keep_the_chosen(form[key])
    zone = cast(SelectField, form["zone"])
    if setting_up and not zone.data:
        # No zone is the likely one, and a wrong one would move every business day: it is asked.
        zone.choices = [("", "Choose a time zone"), *cast(list[tuple[str, str]], zone.choices)]
    return form


SET_UP = frozenset({"name", "country", "currency", "zone", "language", "tax_mode", "email", "phone"})
"""What the set-up asks for; the rest has sound defaults."""


def _keep_the_chosen(field: Any) -> None:
    """A value that is not offered stays as it is, instead of turning into the first of the list."""
    if field.data and field.data not in {value for value, _ in field.choices}:
        field.choices = [(field.data, field.data), *field.choices]


@lru_cache(maxsize=8)
def _form_class(fields: tuple[BoundField, ...]) -> type[RecordForm]:
    declared = {bound.key: bound for bound in fields}
    choices: dict[str, list[tuple[str, str]]] = {
        "country": sorted(countries().items(), key=lambda pair: pair[1]),
        "currency": [(code, f"{code} – {name}") for code, name in currency_names().items()],
        "zone": [(name, name.replace("_", " ")) for name in zones()],
        "language": [(name, str(Locale.parse(name).get_display_name("en"))) for name in LANGUAGES],
    }
    selects = {
        key: SelectField(
            label=declared[key].label,
            description=HELP[key],
            choices=offered,
            validate_choice=False,  # the rules of the company say what is known
        )
        for key, offered in choices.items()
    }
    return type("CompanyForm", (form_class(fields),), selects)


HELP = {
    "country": "Phone numbers without a country code belong here",
    "currency": "The currency of the books; it cannot change once money is booked",
    "zone": "Business dates follow this zone",
    "language": "How dates and numbers are written",
}
"""What a list to choose from says beneath it."""
