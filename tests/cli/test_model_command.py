"""`sawhorse model`: published results from books that moved in, and a reason where the data carry none [131]."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from admin_app.kernel.actor import SYSTEM
from admin_app.services.refund_payment import RefundForm, refund_payment
from seeds.builders import a_group
from seeds.cdnow import write_cdnow
from tests.cli.typing import environment, type_command
from tests.services.desk import a_desk, euros
from tests.services.moving import Mover
from tests.signing import on_sqlite

DATA = Path(__file__).parents[1] / "data"
SHAPE = ["model", "params", "standard_errors", "log_likelihood", "customers", "window", "holdout", "refused"]
ANCHORS = {
    row["id"]: (float(row["value"]), float(row["tolerance"]))
    for row in csv.DictReader((DATA / "anchors.csv").read_text(encoding="utf-8").splitlines())
}


@pytest.fixture
def run(database, tmp_path):
    told = environment(tmp_path / "home", database)
    return lambda *words: type_command(told, "model", *words)


def printed(answer):
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def near(found, anchor):
    value, tolerance = ANCHORS[anchor]
    return abs(found - value) <= tolerance


@on_sqlite
def test_cdnow_moved_in_as_invoices_gives_the_published_figures(run, database, tmp_path):
    """Analytics goals 1, 3, 4, 7, 8: from the folder format through issue and payment to the anchors."""
    assert not Mover(database, tmp_path / "moving")(write_cdnow(DATA / "cdnow", tmp_path / "cdnow")).refused
    asked = ("--as-of", "1997-09-30", "--keep-zero-days", "--json")

    bg = printed(run("bg_nbd", *asked))
    assert list(bg)[: len(SHAPE)] == SHAPE
    assert bg["customers"] == 2357 and bg["refused"] is None
    assert bg["window"] == {"start": "1997-01-01", "end": "1997-09-30", "unit": "week", "weeks": 38.86}
    assert all(near(bg["params"][name], f"bg_{name}") for name in ("r", "alpha", "a", "b"))
    assert near(bg["log_likelihood"], "bg_ll")
    for name, error in (("r", 0.01256), ("alpha", 0.3782), ("a", 0.1857), ("b", 0.7054)):
        assert bg["standard_errors"][name] == pytest.approx(error, rel=0.01)
    held = bg["holdout"]
    assert near(held["actual"], "holdout_total") and near(held["mae"], "bg_holdout_mae")
    assert held["rmse"] == pytest.approx(1.608, abs=0.002)
    assert near(held["naive_mae"], "naive_holdout_mae") and held["weeks"] == 39.0

    mbg = printed(run("mbg_nbd", *asked))
    assert near(mbg["params"]["r"], "mbg_r") and near(mbg["log_likelihood"], "mbg_ll")
    value = printed(run("gamma_gamma", *asked))
    assert all(near(value["params"][name], f"gg_{name}") for name in ("p", "q", "gamma"))
    assert near(value["log_likelihood"], "gg_ll") and value["repeat_customers"] == 946

    in_days = printed(run("bg_nbd", *asked, "--unit", "day"))
    assert in_days["params"]["alpha"] == pytest.approx(7 * bg["params"]["alpha"], rel=1e-3)
    without = printed(run("bg_nbd", "--as-of", "1997-09-30", "--json"))
    assert without["customers"] == 2349 and without["params"]["r"] == pytest.approx(0.2439, abs=0.0002)
    today = printed(run("mbg_nbd", "--as-of", "1998-06-30", "--json"))
    assert today["holdout"]["end"] == "1998-06-30" and today["holdout"]["start"] > "1998-01-01"


def test_no_purchase_at_all_is_a_reason(run, rows, clock):
    with rows() as session:
        a_desk(session, SYSTEM, clock)

    for name in ("bg_nbd", "mbg_nbd", "gamma_gamma"):
        told = printed(run(name, "--json"))
        assert (told["refused"], told["params"]) == (
            "Not enough data: 0 customers, at least 100 are needed",
            {},
        )
    assert printed(run("kaplan_meier", "--json"))["refused"].startswith("Not enough data: 0 invoices")
    assert printed(run("aalen_johansen", "--json"))["refused"].startswith("Not enough data: 0 leads")


@on_sqlite
def test_one_customer_whose_money_went_back_is_a_reason(run, rows, clock):
    """All refunds: days that come to 0 or less are no purchases; days before the first are none either."""
    with rows() as session:
        desk = a_desk(session, SYSTEM, clock)
        for _ in range(3):
            payment = desk.pay("50", paid_on=date(2026, 3, 2))
            refund_payment(session, RefundForm(payment.id, euros("50"), date(2026, 3, 2)), SYSTEM, clock)

    back = printed(run("bg_nbd", "--basis", "collected", "--json"))
    assert (
        back["customers"] == 0 and back["refused"] == "Not enough data: 0 customers, at least 100 are needed"
    )
    kept = printed(run("bg_nbd", "--basis", "collected", "--keep-zero-days", "--json"))
    assert kept["refused"] == "Not enough data: 1 customer, at least 100 are needed"
    early = printed(run("bg_nbd", "--as-of", "2020-01-01", "--json"))
    assert early["customers"] == 0 and early["refused"].startswith("Not enough data")


def test_several_currencies_are_a_reason_until_one_is_chosen(run, rows, clock):
    """[M9]"""
    with rows() as session:
        desk = a_desk(session, SYSTEM, clock)
        desk.invoice("50")
        desk.invoice("20", currency="USD")

    assert printed(run("mbg_nbd", "--json"))["refused"] == (
        "Amounts are in several currencies (EUR, USD); a model is of one of them"
    )
    dollars = printed(run("mbg_nbd", "--currency", "usd", "--json"))
    assert (dollars["currency"], dollars["customers"]) == ("USD", 1)


def test_days_to_pay_count_open_bills_as_waiting(run, rows, clock):
    """Kaplan-Meier by hand: of 20 bills of 10 March 10 are paid after 2 days, 5 after 4, 5 wait for 7 days yet."""
    with rows() as session:
        desk = a_desk(session, SYSTEM, clock)
        for number in range(20):
            bill = desk.invoice("10", issued_on=date(2026, 3, 10))
            if number < 15:
                waited = 2 if number < 10 else 4
                desk.pay("10", bill, paid_on=date(2026, 3, 10) + timedelta(days=waited))

    told = printed(run("kaplan_meier", "--as-of", "2026-03-17", "--json"))
    assert told["refused"] is None and (told["ended"], told["waiting"], told["customers"]) == (15, 5, 1)
    assert told["params"]["median"] == 2
    assert [(step["time"], step["at_risk"], step["survival"]) for step in told["curve"]] == [
        (2, 20, 0.5),
        (4, 10, 0.25),
        (7, 5, 0.25),
    ]
    assert told["params"]["open_30"] == 0.25 and 0 < told["standard_errors"]["open_30"] < 0.2


@on_sqlite
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("bgnbd",), "There is no model “bgnbd”; nearest: bg_nbd"),
        (("bg_nbd", "--as-of", "2026-02-30"), "is not a day"),
        (("bg_nbd", "--as-of", "2090-01-01"), "lies ahead"),
        (("bg_nbd", "--currency", "XYZ"), "is not a currency"),
    ],
)
def test_what_is_not_known_is_refused_in_one_sentence(run, rows, clock, words, sentence):
    with rows() as session:
        a_group(session)
    answer = run(*words)

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert sentence in answer.stderr and len(answer.stderr.splitlines()) == 1


@on_sqlite
def test_a_refused_model_is_told_to_people_too(run, rows, clock):
    with rows() as session:
        a_desk(session, SYSTEM, clock)
    answer = run("bg_nbd")

    assert answer.exit_code == 0
    assert "Fader, Hardie & Lee 2005" in answer.output and "Not enough data: 0 customers" in answer.output
