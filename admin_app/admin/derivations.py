"""Which part of the calculator's tree explains which amount of a page [82, L7].

The tree is stored with its document and never worked out again here: a subtotal, a discount or a tax is shown with
the branch that it has in the tree of the total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Step = Mapping[str, Any]
"""One step as `money.derivation.Step.to_json` writes it."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The branches behind the sums of one document; None or missing where there is nothing to explain."""

    total: Step | None = None
    net: Step | None = None
    subtotal: Step | None = None
    discount: Step | None = None
    deposit: Step | None = None
    taxes: dict[str, Step] = field(default_factory=dict)
    lines: tuple[Step, ...] = ()
    """One branch for each line that counts, in order."""


def explain(
    derivation: Step | None, counted: int, subtotal: str, deposit: str | None = None, deposit_rule: str = ""
) -> Explained:
    """Take the tree of a total apart: `counted` lines are in it, `subtotal` and `deposit` are decimal text."""
    if not derivation:
        return Explained()
    net, *rest = derivation["children"]
    lines = tuple(net["children"][:counted])
    others = net["children"][counted:]
    return Explained(
        total=derivation,
        net=net,
        subtotal={"label": "Subtotal", "amount": subtotal, "rule": "sum of the lines", "children": lines},
        discount=next((one for one in others if one["label"] == "Discount"), None),
        deposit={"label": "Deposit", "amount": deposit, "rule": deposit_rule, "children": ()}
        if deposit
        else None,
        # A tax is labelled with its rate, "VAT 20 %", whether it is called that or VAT.
        taxes={name: one for one in rest for name in (one["label"], one["label"].rsplit(" ", 2)[0])},
        lines=lines,
    )
