"""The data sets the published figures stand on, read from `tests/data`."""

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from reports.models import Fit, Summary, fit, summarise

DATA = Path(__file__).parents[2] / "data"
CALIBRATED_UNTIL = date(1997, 9, 30)


class Anchor(NamedTuple):
    value: float
    tolerance: float
    source: str


@cache
def anchors() -> dict[str, Anchor]:
    """Published values with their tolerance and source, by id."""
    with (DATA / "anchors.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["id"]: Anchor(float(row["value"]), float(row["tolerance"]), row["source"])
            for row in csv.DictReader(file)
        }


@cache
def purchases() -> pd.DataFrame:
    """CDNOW's 6,919 rows: customer, day, amount_minor (cents)."""
    rows = pd.read_csv(DATA / "cdnow" / "transactions.csv", dtype={"customer_id": str})
    return pd.DataFrame(
        {
            "customer": rows["customer_id"],
            "day": rows["date"],
            "amount_minor": np.rint(rows["amount"].to_numpy() * 100).astype(np.int64),
        }
    )


@cache
def calibration() -> Summary:
    """CDNOW to 1997-09-30 as the papers prepare it: weeks, days of 0.00 kept."""
    return summarise(purchases(), until=CALIBRATED_UNTIL, keep_zero_days=True)


@cache
def fitted(name: str) -> Fit:
    """The model on CDNOW, checked on the 39 weeks after."""
    return fit(name, calibration(), holdout=purchases())


def textbook(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / "textbook" / name)
