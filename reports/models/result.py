"""What a fit leaves behind: parameters with their errors, how it did on a hold-out, and why it may not be used.

A refused fit keeps what was estimated for those who want to see it, but answers no question: `usable` raises.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from admin_app.kernel.errors import Unmet
from reports.models.special import Floats


@dataclass(frozen=True)
class Fit:
    """A fitted model, made of plain values so that it can be kept as JSON."""

    model: str
    """bg_nbd, mbg_nbd, pareto_nbd or gamma_gamma."""
    params: dict[str, float]
    """In the unit of `window`; empty when there was too little data to fit at all."""
    standard_errors: dict[str, float]
    """Empty where the likelihood is flat."""
    log_likelihood: float | None
    customers: int
    repeaters: int
    window: dict[str, Any]
    """The calibration: start, end, unit, weeks."""
    holdout: dict[str, Any]
    """How it did on purchases it had not seen (reports.models.holdout); empty when none were given."""
    refused: str | None
    """Why it may not be used, a whole sentence; None when it may."""
    covariance: tuple[tuple[float, ...], ...]
    """Of the logarithms of `params`, in their order; empty where the likelihood is flat."""
    checks: dict[str, float] = field(default_factory=dict)
    """What the refusal rules looked at, where known: condition, likelihood_ratio, regularity, season, correlation."""
    cautions: tuple[str, ...] = ()
    """What a reader should know although the model may be used."""

    @property
    def theta(self) -> Floats:
        """The parameters as the formulas take them; raises Unmet with the reason when the fit is refused."""
        if self.refused is not None:
            raise Unmet(self.refused)
        return np.array(list(self.params.values()))

    def draws(self, count: int, seed: np.random.Generator) -> Floats:
        """`count` draws of the parameters from N(ln θ, covariance), one a row; Unmet when the fit is refused."""
        middle = np.log(self.theta)
        return np.exp(seed.multivariate_normal(middle, np.array(self.covariance), size=count, method="eigh"))

    def as_dict(self) -> dict[str, Any]:
        """For a file or a JSON column: every number is finite.  `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Fit:
        """The fit that `as_dict` wrote, lists for tuples included."""
        covariance = tuple(tuple(row) for row in kept["covariance"])
        return cls(**{**kept, "covariance": covariance, "cautions": tuple(kept["cautions"])})
