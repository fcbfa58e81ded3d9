"""What must hold when estimates and the price list are saved by a general way: list, bulk edit, restore [M14, M38].

Lines, sums and signatures have their own ways (`write_estimate.py`, `answer_estimate.py`); a general one would leave
the stored sums behind.  Read by `services/record_rules.py`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Entity, Estimate, EstimateLine, EstimateState, Package, PriceItem, Signature

Values = dict[str, Any]

PLAIN = frozenset(
    {
        "title",
        "expires_on",
        "client_order_no",
        "show_quantities",
        "show_unit_prices",
        "show_line_totals",
        "signature_required",
        "intro",
        "closing",
        "retainage_percent",
    }
)
"""Fields of a draft on which no sum depends."""


def check_estimate(_session: Session, estimate: Estimate | None, values: Values) -> None:
    """Only drafts change, and what their sums depend on only together with the sums."""
    if estimate is None:
        raise Unmet("An estimate begins on the page of its project")
    changed = [key for key, value in values.items() if getattr(estimate, key) != value]
    if changed and estimate.state is not EstimateState.DRAFT:
        raise Unmet(f"Estimate {estimate} is {estimate.state.value}; revise it to change it")
    if any(key not in PLAIN for key in changed):
        raise Unmet("Discount, deposit and taxes of an estimate change in its editor, where the sums follow")
    percent = values.get("retainage_percent")
    if percent is not None and not 0 <= percent <= 100:
        wrong = f"{percent:f} is not between 0 and 100 percent"
        raise Invalid(wrong, {"retainage_percent": wrong})


def check_estimate_line(_session: Session, _line: EstimateLine | None, _values: Values) -> None:
    """Lines change in the editor, where the sums follow."""
    raise Unmet("The lines of an estimate change in its editor, where the sums follow")


def check_signature(_session: Session, _signature: Signature | None, _values: Values) -> None:
    """A signature is given once and never edited."""
    raise Unmet("A signature is recorded with the answer to an estimate and never changed")


def check_price_item(session: Session, item: PriceItem | None, values: Values) -> None:
    """Codes are used once; prices, costs and names make sense."""
    _once(session, PriceItem, "code", item, values)
    cost = values.get("cost")
    if cost is not None and cost < 0:
        raise Invalid("A cost cannot be negative", {"cost": "A cost cannot be negative"})


def check_package(session: Session, package: Package | None, values: Values) -> None:
    """Names are used once."""
    _once(session, Package, "name", package, values)


def _once(
    session: Session, entity: type[PriceItem | Package], key: str, record: Entity | None, values: Values
) -> None:
    typed = values.get(key)
    if not typed:
        return
    other = session.scalar(select(entity).where(getattr(entity, key) == typed))
    if other is not None and other is not record:
        known = f"Another {entity.singular} has the {key} “{typed}”"
        raise Invalid(known, {key: known})
