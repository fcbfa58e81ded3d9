"""The few functions of numpy and scipy that the likelihoods stand on, with types and one meaning each.

scipy ships no types, so it enters here and nowhere else in this room; and it is loaded at the first call, because
charts ask this room for Wilson's interval and must not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ArrayLike = npt.ArrayLike


def _special() -> Any:
    from scipy import special  # type: ignore[import-untyped]

    return special


def floats(x: ArrayLike) -> Floats:
    """`x` as an array of floats."""
    return np.asarray(x, dtype=np.float64)


def log_gamma(x: ArrayLike) -> Floats:
    """ln Γ(x)."""
    return np.asarray(_special().gammaln(x), dtype=np.float64)


def digamma(x: ArrayLike) -> Floats:
    """d/dx ln Γ(x)."""
    return np.asarray(_special().psi(x), dtype=np.float64)


def hyp2f1(a: ArrayLike, b: ArrayLike, c: ArrayLike, z: ArrayLike) -> Floats:
    """Gauss's hypergeometric function."""
    return np.asarray(_special().hyp2f1(a, b, c, z), dtype=np.float64)


def logistic(x: ArrayLike) -> Floats:
    """1/(1 + e⁻ˣ) without overflow."""
    return np.asarray(_special().expit(x), dtype=np.float64)


def normal_quantile(p: float) -> float:
    """The value below which a standard normal lies with probability `p`."""
    return NormalDist().inv_cdf(p)


def normal_quantiles(p: ArrayLike) -> Floats:
    """The values below which a standard normal lies with these probabilities; ∓∞ at 0 and 1."""
    return np.asarray(_special().ndtri(p), dtype=np.float64)


def gamma_quantile(p: float, shape: ArrayLike) -> Floats:
    """The value below which a gamma variable of `shape` and rate 1 lies with probability `p`."""
    return np.asarray(_special().gammaincinv(shape, p), dtype=np.float64)


def chi_square_tail(value: float, degrees: int) -> float:
    """The probability that a χ² variable exceeds `value`."""
    return float(_special().chdtrc(degrees, value))


def minimise(
    value_and_gradient: Callable[[Floats], tuple[float, Floats]], start: Floats, bound: float
) -> tuple[Floats, float]:
    """The lowest point L-BFGS finds from `start` with every coordinate within ±`bound`, and its value."""
    from scipy import optimize  # takes a second: fits pay for it, answers do not

    found: Any = optimize.minimize(
        value_and_gradient,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-bound, bound)] * len(start),
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
    )
    return np.asarray(found.x, dtype=np.float64), float(found.fun)


def log_beta(a: ArrayLike, b: ArrayLike) -> Floats:
    """ln B(a, b)."""
    return np.asarray(_special().betaln(a, b), dtype=np.float64)
