"""Measuring the models: BG/NBD of many simulated customers, asked for everybody, beside `lifetimes` where it is there.

The truth is known, so the figures say not only how fast but how near.  `lifetimes` is no part of the product; installed
beside it, it is timed on the same customers in the same run.
"""

from __future__ import annotations

import resource
import time
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from reports.models import expected_purchases, fit, probability_alive
from reports.models.simulated import counts, summary_of
from reports.models.summary import Summary

TRUTH = {"r": 0.45, "alpha": 6.0, "a": 0.8, "b": 2.4}
SHORTEST, LONGEST = 4.0, 156.0
"""Weeks since the first purchase."""
SEED = 1
ORACLE = "lifetimes"


def bench_models(customers: int) -> list[str]:
    """Lines to print: CPU seconds and memory of the fit and of asking it, how near the truth, and the ratio."""
    x, t_x, T = counts(customers, TRUTH, np.random.default_rng(SEED), shortest=SHORTEST, longest=LONGEST)
    summary = summary_of(x, t_x, T)
    before = time.process_time()
    found = fit("bg_nbd", summary)
    ours = time.process_time() - before
    lines = [f"BG/NBD of {customers:,} customers: {ours:.2f} s CPU, {_peak():.0f} MB at most"]
    if found.refused is not None:
        return [*lines, found.refused]
    for name, truth in TRUTH.items():
        value, error = found.params[name], found.standard_errors[name]
        lines.append(
            f"  {name} {value:.4f} ± {error:.4f}, truth {truth:g} ({abs(value - truth) / error:.1f} SE)"
        )
    before = time.process_time()
    probability_alive(found, x, t_x, T)
    lines.append(f"probability alive of each: {time.process_time() - before:.2f} s CPU")
    before = time.process_time()
    expected_purchases(found, 52, x, t_x, T)
    lines.append(f"purchases expected of each in 52 weeks: {time.process_time() - before:.2f} s CPU")
    return [*lines, _beside_the_oracle(summary, ours, found.params)]


def _beside_the_oracle(summary: Summary, ours: float, params: dict[str, float]) -> str:
    """The same customers fitted by `lifetimes`."""
    if find_spec(ORACLE) is None:
        return f"{ORACLE} is not installed here: no ratio"
    fitter = import_module(ORACLE).BetaGeoFitter()
    before = time.process_time()
    fitter.fit(summary.x, summary.t_x, summary.T)
    theirs = time.process_time() - before
    off = max(abs(float(fitter.params_[name]) / value - 1) for name, value in params.items())
    return f"{ORACLE}: {theirs:.2f} s CPU, {theirs / ours:.1f} times ours; its parameters differ by {off:.1e} at most"


def _peak() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
