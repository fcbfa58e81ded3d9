"""The frozen document: kept, read again, hashed [M11, L9]."""

import dataclasses
import enum
import json
from datetime import date, timedelta
from typing import Any

import pytest

from admin_app.documents import content as shapes
from admin_app.documents.content import (
    Columns,
    Derivation,
    DocumentContent,
    Line,
    PaperKind,
    Settlement,
    Signed,
    TaxRow,
    canonical,
    content_from_json,
    content_hash,
)
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.money.derivation import Step, sum_of
from tests.documents import samples

EVERY_KIND = (
    samples.sample_invoice,
    samples.an_invoice_with_deposits,
    samples.an_estimate_with_options,
    samples.a_signed_estimate,
    samples.a_workorder,
    samples.a_statement,
    samples.a_credit_note,
    samples.a_receipt,
)


@pytest.mark.parametrize("sample", EVERY_KIND)
def test_what_is_kept_is_read_again_as_it_was(sample):
    content = sample()

    assert content_from_json(json.loads(canonical(content))) == content
    assert content_from_json(json.loads(json.dumps(content.to_json()))) == content


def test_canonical_bytes_are_sorted_utf8_without_spaces():
    content = dataclasses.replace(
        samples.a_receipt(), recipient=dataclasses.replace(samples.CLARA, name="Żółć 山")
    )
    frozen = canonical(content)

    plain = json.loads(frozen)
    assert frozen == json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8"
    )
    assert "Żółć 山".encode() in frozen


def test_a_field_added_later_changes_no_hash_of_an_old_document():
    # What stands at its default is not written, so a new field with a default leaves old bytes alone.
    plain = json.loads(canonical(samples.a_receipt()))

    assert "lines" not in plain and "due_on" not in plain and "appendix" not in plain
    assert plain["schema"] == shapes.SCHEMA, "the version is always written"


def test_the_order_of_what_was_given_does_not_change_the_hash():
    content = samples.an_invoice_with_deposits()
    turned = dict(reversed(content.to_json().items()))

    assert canonical(content_from_json(turned)) == canonical(content)


def a_full_document() -> DocumentContent:
    """Every field of every part said."""
    return dataclasses.replace(
        samples.an_invoice_with_deposits(),
        lines=(
            Line(
                "a",
                "1",
                "s",
                "g",
                "d",
                "1",
                "h",
                "2.00",
                "0.50",
                "25 %",
                "1.50",
                ("VAT",),
                False,
                True,
                True,
                "p",
            ),
        ),
        sender=dataclasses.replace(samples.NORTH, logo="l"),
        taxes=(TaxRow("VAT", "19", "1.00", "0.19", "S", "why"),),
        signed=Signed("Clara", date(2026, 1, 2), "ab", "pen"),
        statement=samples.a_statement().statement[1:3],
        settlements=(Settlement("N-1", "1.00", date(2026, 1, 2)),),
        preceding=samples.a_credit_note().preceding,
        forms=samples.a_workorder().forms,
        columns=Columns(),
        revision=2,
        expires_on=date(2026, 5, 1),
        delivered_from=date(2026, 2, 2),
        crew_notes="n",
    )


def _leaves(plain: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every plain value."""
    if isinstance(plain, dict):
        return [leaf for key, value in plain.items() for leaf in _leaves(value, (*path, key))]
    if isinstance(plain, list):
        return [leaf for index, value in enumerate(plain) for leaf in _leaves(value, (*path, index))]
    return [path]


def _another(value: Any) -> Any:
    """The same kind of value, but not the same."""
    if value is None:
        return "x"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    try:
        return (date.fromisoformat(value) + timedelta(days=1)).isoformat()
    except ValueError:
        pass
    for members in vars(shapes).values():
        if isinstance(members, type) and issubclass(members, enum.Enum) and value in set(members):
            return next(one.value for one in members if one.value != value)
    return f"{value}1"


def test_the_hash_changes_with_any_field():
    content = a_full_document()
    plain = content.to_json()
    paths = _leaves(plain)
    hashes = {content_hash(canonical(content))}

    for path in paths:
        changed = json.loads(json.dumps(plain))
        place = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = _another(place[path[-1]])
        hashes.add(content_hash(canonical(_read(changed))))

    assert len(hashes) == len(paths) + 1
    assert len(paths) > 150


def _read(plain: dict[str, Any]) -> DocumentContent:
    """A changed document; an absent day or number is given one of its kind."""
    try:
        return content_from_json(plain)
    except Invalid as refusal:
        (where,) = refusal.fields
        place: Any = plain
        keys = where.replace("]", "").replace("[", ".").split(".")
        for key in keys[:-1]:
            place = place[int(key)] if key.isdigit() else place[key]
        place[keys[-1]] = {"no day": "2026-09-09", "no bool": True, "no int": 9}[refusal.fields[where]]
        return content_from_json(plain)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "leaflet"}, "kind"),
        ({"currency": None}, "currency"),
        ({"due_on": "2026-02-30"}, "due_on"),
        ({"part": [1]}, "part"),
        ({"revision": True}, "revision"),
        ({"lines": [{"description": "a", "net": 12.5}]}, "lines[0].net"),
        ({"lines": [{"net": "12.50"}]}, "lines[0].description"),
        ({"colour": "red"}, "colour"),
        ({"lines": "none"}, "lines"),
    ],
)
def test_what_is_no_document_is_refused_by_its_field(change, where):
    with pytest.raises(Invalid) as refusal:
        content_from_json({**samples.a_receipt().to_json(), **change})

    assert where in refusal.value.fields


def test_a_float_never_enters_a_snapshot():
    content = dataclasses.replace(samples.a_receipt(), revision=1.5)  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="float"):
        canonical(content)


def test_the_derivation_is_the_tree_of_the_calculator():
    step = sum_of(
        "Total", "both", [Step("a", Money(100, "EUR"), "r"), Step("b", Money(5, "EUR"), "q")], "EUR"
    )

    assert Derivation.of(step.to_json()) == Derivation(
        "Total", "1.05", "both", children=(Derivation("a", "1.00", "r"), Derivation("b", "0.05", "q"))
    )


def test_only_a_paper_without_its_number_is_a_draft():
    invoice = samples.sample_invoice()

    assert not invoice.is_draft
    assert dataclasses.replace(invoice, number=None).is_draft
    assert not samples.a_statement().is_draft, "a statement has no number"
    assert PaperKind.CREDIT_NOTE not in PaperKind.asking()
