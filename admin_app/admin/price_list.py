"""The price list and its packages: generated pages, with the usual taxes of an item and the items of a package [58]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from flask import Response, jsonify, request
from flask_admin.base import expose
from sqlalchemy import Select, select

from admin_app.admin.entity_view import EntityView
from admin_app.admin.forms import RecordForm
from admin_app.admin.words import plain_decimal
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.models import Entity, Package, PriceItem, TaxRate
from admin_app.policy import Permission, holds, visible
from admin_app.records.price_list import find_items, lines_of_package
from admin_app.services import save_record
from admin_app.services.keep_price_list import Held, choose_taxes, fill_package
from admin_app.services.merge_edits import Base
from admin_app.services.propose_lines import usual_taxes
from admin_app.web.company import actor, currency, office_session

_LINE = re.compile(r"lines-(\d{1,4})-(price_item|quantity)")


class PriceItemView(EntityView):
    """The pages of the price list."""

    access: ClassVar[Mapping[str, Permission | str]] = {**EntityView.access, "find_view": "read"}
    form_template = "admin/price_list/{}_item.html"
    details_template_of_ours = "admin/price_list/item.html"
    empty_words = (
        "What you usually do and sell, with price, cost and tax; estimates are typed faster with it."
    )

    def form_extras(self, form: RecordForm, record: Entity | None) -> dict[str, Any]:
        """The taxes that can be ticked, and those that are."""
        names = office_session().scalars(
            select(TaxRate.name).where(TaxRate.archived.is_(False)).order_by(TaxRate.id)
        )
        ticked = _ticked_taxes(record) if request.method == "GET" else tuple(request.form.getlist("tax"))
        return {"tax_names": list(names), "ticked": ticked}

    def details_extras(self, record: Entity) -> dict[str, Any]:
        """The usual taxes."""
        return {"ticked": tuple(cast(PriceItem, record).tax_names)}

    def create_record(self, values: Mapping[str, Any]) -> Entity:
        """An item with its taxes."""
        item = cast(PriceItem, super().create_record(values))
        choose_taxes(office_session(), item, request.form.getlist("tax"), actor())
        return item

    def update_record(self, record: Entity, values: Mapping[str, Any], base: Base) -> save_record.Saved:
        """The item's own fields, then its taxes."""
        saved = super().update_record(record, values, base)
        choose_taxes(office_session(), cast(PriceItem, saved.record), request.form.getlist("tax"), actor())
        return saved

    @expose("/find/")
    def find_view(self) -> Response:
        """What the editor of estimates asks while a description is typed: JSON rows for `?q=`, at most twelve."""
        try:
            text = clean_text(request.args.get("q", ""), 200)
        except Invalid:
            text = ""
        sees_cost = holds(actor(), Permission.COSTS_READ)
        usual = usual_taxes(office_session())
        return jsonify(
            [
                {
                    "value": str(item.id),
                    "text": item.name,
                    "detail": " · ".join(
                        filter(None, (item.code, f"{plain_decimal(item.unit_price)} {currency()}"))
                    ),
                    "code": item.code or "",
                    "details": item.details or "",
                    "unit": item.unit or "",
                    "unit_price": plain_decimal(item.unit_price),
                    "cost": plain_decimal(item.cost) if sees_cost and item.cost is not None else "",
                    "taxes": item.tax_names or list(usual),
                }
                for item in find_items(office_session(), actor(), text)
            ]
        )


def _ticked_taxes(record: Entity | None) -> tuple[str, ...]:
    if record is None:
        return usual_taxes(office_session())
    return tuple(cast(PriceItem, record).tax_names)


@dataclass
class HeldInput:
    """One item of a package on the form: what was chosen, and what is wrong with it."""

    number: int | str
    price_item: str = ""
    name: str = ""
    quantity: str = ""
    errors: dict[str, str] = field(default_factory=dict)


class PackageView(EntityView):
    """The pages of packages."""

    form_template = "admin/price_list/{}_package.html"
    details_template_of_ours = "admin/price_list/package.html"
    empty_words = "Items of the price list that are usually done together, put into an estimate at once."

    def form_extras(self, form: RecordForm, record: Entity | None) -> dict[str, Any]:
        """The items, as posted or as they are."""
        held = _posted() if request.method == "POST" else self._kept(record)
        for path, sentence in getattr(form, "line_errors", {}).items():
            found = _LINE.fullmatch(path)
            if found and int(found[1]) < len(held):
                held[int(found[1])].errors[found[2]] = sentence
        return {"held": held, "blank": HeldInput("__prefix__")}

    def details_extras(self, record: Entity) -> dict[str, Any]:
        """What it holds."""
        return {"held": lines_of_package(office_session(), actor(), record.id)}

    def _kept(self, record: Entity | None) -> list[HeldInput]:
        if record is None:
            return []
        return [
            HeldInput(n, str(line.price_item_id), line.price_item.name, plain_decimal(line.quantity))
            for n, line in enumerate(lines_of_package(office_session(), actor(), record.id))
        ]

    def create_record(self, values: Mapping[str, Any]) -> Entity:
        """A package with its items."""
        package = cast(Package, super().create_record(values))
        self._fill(package)
        return package

    def update_record(self, record: Entity, values: Mapping[str, Any], base: Base) -> save_record.Saved:
        """The package's own fields, then its items."""
        saved = super().update_record(record, values, base)
        self._fill(cast(Package, saved.record))
        return saved

    def _fill(self, package: Package) -> None:
        if "with_lines" in request.form:
            held = [Held(one.price_item, one.quantity) for one in _posted()]
            fill_package(office_session(), package, held, actor())


def _posted() -> list[HeldInput]:
    """The items of the posted form in their order, blank ones left out."""
    numbers = list(dict.fromkeys(int(found[1]) for name in request.form if (found := _LINE.fullmatch(name))))
    held = [
        HeldInput(
            n,
            request.form.get(f"lines-{n}-price_item", ""),
            quantity=request.form.get(f"lines-{n}-quantity", ""),
        )
        for n in numbers
    ]
    held = [one for one in held if one.price_item.strip()]
    names = _names([one.price_item for one in held])
    for one in held:
        one.name = names.get(one.price_item, "")
    return held


def _names(ids: list[str]) -> dict[str, str]:
    wanted = [int(text) for text in ids if text.isascii() and text.isdigit() and len(text) <= 18]
    query: Select[Any] = select(PriceItem.id).add_columns(PriceItem.name).where(PriceItem.id.in_(wanted))
    rows = office_session().execute(visible(actor(), query))
    return {str(number): name for number, name in rows}
