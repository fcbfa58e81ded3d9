"""The published results beside ours, as the table of the README: `python -m tests.reports.models.published`."""

from typing import NamedTuple

import numpy as np

from reports.models import (
    expected_new,
    expected_purchases,
    expected_value,
    fit_retention,
    kaplan_meier,
    log_rank,
    probability_alive,
)
from reports.models.sbg import Retention
from tests.reports.models.cdnow import calibration, fitted, textbook


class Row(NamedTuple):
    paper: str
    figure: str
    published: float
    ours: float
    digits: int
    """Decimals that the paper prints."""

    @property
    def difference(self) -> float:
        return self.ours - self.published

    @property
    def agrees(self) -> bool:
        """Within one unit of the last printed decimal: authors round, and some round intermediate figures."""
        return abs(self.difference) <= 10.0**-self.digits * (1 + 1e-9)


FADER_2005 = "Fader, Hardie & Lee 2005, BG/NBD on CDNOW"
SCHMITTLEIN = "Fader, Hardie & Lee 2005, Pareto/NBD on CDNOW"
MBG = "lifetimes tests, MBG/NBD on CDNOW"
NOTE_025 = "Fader & Hardie 2013, Gamma-Gamma on CDNOW"
CLVTOOLS = "CLVTools tests, CDNOW"
WALKTHROUGH = "BTYD walkthrough, CDNOW customer 1516"
KLEINBAUM = "Kleinbaum & Klein ch. 2, 6-MP"
MILLER = "Miller 1981, AML"
RETENTION = "Fader & Hardie 2007, sBG"


def published() -> list[Row]:
    """Every published figure that we know, beside ours."""
    bg, mbg, pn, gg = (fitted(name) for name in ("bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma"))
    seen = (26, 30.857143, 31.0)
    rows = [
        *_params(FADER_2005, bg.params, (0.243, 4.414, 0.793, 2.426), 3),
        Row(CLVTOOLS, "BG/NBD log-likelihood", -9582.429, bg.log_likelihood or 0, 3),
        Row(WALKTHROUGH, "BG/NBD P(alive)", 0.96885, float(probability_alive(bg, *seen)), 5),
        Row(WALKTHROUGH, "BG/NBD purchases in 52 weeks", 25.757, float(expected_purchases(bg, 52, *seen)), 3),
        Row(WALKTHROUGH, "BG/NBD, a new customer in 52 weeks", 1.4440, float(expected_new(bg, 52)), 4),
        *_params(SCHMITTLEIN, pn.params, (0.553, 10.578, 0.606, 11.669), 3),
        Row(CLVTOOLS, "Pareto/NBD log-likelihood", -9594.976, pn.log_likelihood or 0, 3),
        Row(CLVTOOLS, "Pareto/NBD standard error of alpha", 0.8427, pn.standard_errors["alpha"], 4),
        Row(WALKTHROUGH, "Pareto/NBD P(alive)", 0.99787, float(probability_alive(pn, *seen)), 5),
        Row(WALKTHROUGH, "Pareto/NBD, a new customer in 52 weeks", 1.4734, float(expected_new(pn, 52)), 4),
        *_params(MBG, mbg.params, (0.525, 6.183, 0.891, 1.614), 3),
        *_params(NOTE_025, gg.params, (6.25, 3.74, 15.44), 2),
        Row(CLVTOOLS, "Gamma-Gamma log-likelihood", -4055.918, gg.log_likelihood or 0, 3),
        Row(NOTE_025, "mean purchase, USD", 35.17, float(expected_value(gg, 0, np.nan)), 2),
        Row(NOTE_025, "customer 0006, USD", 71.46, float(expected_value(gg, 7, 73.74)), 2),
    ]
    return [*rows, *_survival(), *_retention()]


def _params(paper: str, ours: dict[str, float], printed: tuple[float, ...], digits: int) -> list[Row]:
    return [Row(paper, name, value, ours[name], digits) for name, value in zip(ours, printed, strict=True)]


def _survival() -> list[Row]:
    arms = {}
    for file in ("remission_6mp.csv", "aml_maintenance.csv"):
        for name, rows in textbook(file).groupby("group"):
            arms[name] = (rows["weeks"].to_numpy(), rows["relapsed"].to_numpy())
    curve = kaplan_meier(*arms["6mp"])
    return [
        Row(KLEINBAUM, "still in remission after 6 weeks", 0.857, curve.at(6), 3),
        Row(KLEINBAUM, "still in remission after 23 weeks", 0.448, curve.at(23), 3),
        Row(KLEINBAUM, "median, weeks", 23, curve.median or 0, 0),
        Row(KLEINBAUM, "log-rank", 16.79, log_rank(arms["6mp"], arms["placebo"]).chi_square, 2),
        Row(MILLER, "median with maintenance, weeks", 31, kaplan_meier(*arms["maintained"]).median or 0, 0),
        Row(MILLER, "log-rank", 3.396, log_rank(arms["maintained"], arms["none"]).chi_square, 3),
    ]


def _retention() -> list[Row]:
    def of(segment: str) -> Retention:
        table = textbook("retention_sbg.csv")
        return fit_retention(10 * table.loc[table["segment"] == segment, "percent_alive"].to_numpy()[:8])

    regular, high = of("regular"), of("high_end")
    return [
        Row(RETENTION, "alpha, regular", 0.704, regular.alpha, 3),
        Row(RETENTION, "beta, regular", 1.182, regular.beta, 3),
        Row(RETENTION, "alpha, high end", 0.668, high.alpha, 3),
        Row(RETENTION, "beta, high end", 3.806, high.beta, 3),
    ]


def markdown() -> str:
    """The table; what is published and ours to one decimal more than the paper prints."""
    lines = ["| paper | figure | published | ours | difference |", "|---|---|---:|---:|---:|"]
    for row in published():
        ours = f"{row.ours:.{row.digits + 1 if row.digits else 0}f}"
        difference = f"{row.difference:+.{row.digits + 1 if row.digits else 0}f}"
        lines.append(
            f"| {row.paper} | {row.figure} | {row.published:.{row.digits}f} | {ours} | {difference} |"
        )
    holdout = {name: fitted(name).holdout for name in ("bg_nbd", "mbg_nbd", "pareto_nbd")}
    lines += ["", f"Hold-out of {calibration().customers:,} customers, 39 weeks:", ""]
    lines += [
        "| forecast | purchases | MAE | RMSE | in the 95 % interval |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, title in (("bg_nbd", "BG/NBD"), ("mbg_nbd", "MBG/NBD"), ("pareto_nbd", "Pareto/NBD")):
        seen = holdout[name]
        lines.append(
            f"| {title} | {seen['expected']:,.0f} | {seen['mae']:.3f} | {seen['rmse']:.3f} | {seen['coverage']:.1%} |"
        )
    seen = holdout["bg_nbd"]
    lines.append(
        f"| as often as so far | {seen['naive_expected']:,.0f} | {seen['naive_mae']:.3f} | {seen['naive_rmse']:.3f} | |"
    )
    lines.append(f"| what came | {seen['actual']:,.0f} | | | |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())  # noqa: T201
