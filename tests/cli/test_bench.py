"""The bench measures the real application on generated data; its figures are never a test of time."""

import csv
import json

import pytest

from seeds.generator import RARE, write_company
from tests.cli.typing import environment, type_command

NAMES = {
    "minimal page", "list", "deep page", "search, rare name", "search, common name", "search, two letters",
    "hub search by contact", "tag filter", "related sort", "edit form", "profile", "save", "export", "import",
}  # fmt: skip


def test_every_act_of_the_table_is_measured(tmp_path):
    answer = type_command(environment(tmp_path), "bench", "--groups", "200", "--json")

    assert answer.exit_code == 0, answer.output
    figures = {figure["name"]: figure for figure in json.loads(answer.output)}
    assert set(figures) == NAMES
    assert all(figure["groups"] == 200 for figure in figures.values())
    assert all(figure["cpu_ms"] > 0 and figure["statements"] > 0 for figure in figures.values())
    assert figures["export"]["rows_per_second"] > 0
    assert list(tmp_path.iterdir()) == [], "it works in a folder of its own"


def test_a_database_in_use_is_not_measured(postgres_database, tmp_path):
    answer = type_command(environment(tmp_path), "bench", "--groups", "200", "--database-url", postgres_database)

    assert answer.exit_code == 1
    assert "bench needs an empty database" in answer.stderr


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    return folder, write_company(400, folder)


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_size_gives_the_same_bytes(generated, tmp_path):
    folder, counts = generated

    assert write_company(400, tmp_path / "again") == counts
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def test_a_rare_name_is_planted_three_times_at_any_size(generated):
    folder, _ = generated

    assert [row["last_name"] for row in rows(folder, "contacts.csv")].count(RARE) == 3


def test_every_invoice_is_the_sum_of_its_lines(generated):
    folder, _ = generated
    sums: dict[str, int] = {}
    for line in rows(folder, "invoice_lines.csv"):
        sums[line["number"]] = sums.get(line["number"], 0) + int(line["amount"].replace(".", ""))

    for invoice in rows(folder, "invoices.csv"):
        subtotal, tax, total = (int(invoice[key].replace(".", "")) for key in ("subtotal", "tax", "total"))
        assert sums[invoice["number"]] == subtotal
        assert subtotal + tax == total


def test_what_refers_to_a_group_refers_to_one_that_is_there(generated):
    folder, counts = generated
    groups = {row["external_id"] for row in rows(folder, "groups.csv")}

    assert len(groups) == counts["groups.csv"] == 400
    for name in ("addresses.csv", "tags.csv", "invoices.csv", "payments.csv"):
        assert {row["group"] for row in rows(folder, name)} <= groups
    for contact in rows(folder, "contacts.csv"):
        assert set(contact["groups"].split(";")) <= groups


def test_issuing_and_drawing_are_measured_and_the_books_hold(tmp_path):
    answer = type_command(environment(tmp_path), "bench", "--invoices", "20", "--json")

    figures = {figure["name"]: figure for figure in json.loads(answer.output)}
    assert set(figures) == {"issue, first tenth", "issue, last tenth", "PDF of 30 lines"}
    assert figures["issue, last tenth"]["statements"] == figures["issue, first tenth"]["statements"]
    assert figures["PDF of 30 lines"]["rows_per_second"] > 0


def test_mails_are_queued_and_drained_by_several_workers_without_a_loss(tmp_path):
    """The command itself refuses a mail that was lost or came twice."""
    answer = type_command(environment(tmp_path), "bench", "--mails", "40", "--workers", "2", "--json")

    assert answer.exit_code == 0, answer.stderr
    figures = {figure["name"]: figure for figure in json.loads(answer.output)}
    assert set(figures) == {"queue", "drain by 2 workers"}
    assert figures["drain by 2 workers"]["rows_per_second"] > 0
