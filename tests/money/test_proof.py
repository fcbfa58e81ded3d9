"""The proof holds on honest books and names every spoiled row [I1, I3-I14, design section 4]."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from admin_app.cli.prove import prove as prove_command
from admin_app.money.proof import INVARIANTS, MOST_SHOWN, prove
from tests.money.books import broken, busy_books

# invariant, table, and a statement that a database administrator could run by mistake
MUTATIONS: list[tuple[str, str, str]] = [
    # invoices
    ("I1", "invoice", "UPDATE invoice SET total = total + 1 WHERE number = 'NORTH-00001'"),
    ("I1", "invoice", "UPDATE invoice SET subtotal = subtotal - 1 WHERE number = 'NORTH-00001'"),
    ("I1", "invoice", "UPDATE invoice SET tax = tax + 1, total = total + 1 WHERE number = 'NORTH-00002'"),
    ("I1", "invoice", "UPDATE invoice SET discount = discount + 1, tax = tax + 1 WHERE number = 'NORTH-00001'"),
    ("I4", "invoice", "UPDATE invoice SET balance = balance - 1 WHERE number = 'NORTH-00002'"),
    ("I4", "invoice", "UPDATE invoice SET balance = 1 WHERE state = 'void'"),
    ("I4", "invoice", "UPDATE invoice SET state = 'void', balance = 0 WHERE number = 'NORTH-00001'"),
    ("I9", "invoice", "UPDATE invoice SET number = 'NORTH-00099' WHERE number = 'NORTH-00002'"),
    ("I9", "invoice", "UPDATE invoice SET number = 'X' WHERE number = 'NORTH-00002'"),
    ("I9", "invoice", "UPDATE invoice SET issued_on = '2025-12-31' WHERE number = 'NORTH-00002'"),
    ("I12", "invoice", "UPDATE invoice SET balance = balance - 1 WHERE number = 'NORTH-00002'"),
    ("I12", "invoice", "UPDATE invoice SET currency = 'USD' WHERE number = 'NORTH-00002'"),
    ("I14", "invoice", "UPDATE invoice SET group_id = group_id + 1 WHERE number = 'NORTH-00001'"),
    ("I14", "invoice", "UPDATE invoice SET currency = 'USD' WHERE number = 'NORTH-00001'"),
    ("J2", "invoice", "UPDATE invoice SET total = total + 1, tax = tax + 1 WHERE number = 'NORTH-00001'"),
    ("J2", "invoice", "UPDATE invoice SET state = 'issued' WHERE state = 'void'"),
    ("J3", "invoice", "UPDATE invoice SET issued_on = '2026-01-06' WHERE number = 'NORTH-00001'"),
    ("J4", "invoice", "UPDATE invoice SET group_id = group_id + 1 WHERE number = 'NORTH-00002'"),
    # their lines and taxes
    ("I1", "invoice_line", "UPDATE invoice_line SET net = net + 1 WHERE net = 333"),
    ("I1", "invoice_line", "UPDATE invoice_line SET quantity = quantity * 2 WHERE net = 333"),
    ("I1", "invoice_line", "UPDATE invoice_line SET unit_price = unit_price + 10000 WHERE net = 5555"),
    ("I1", "invoice_line", "UPDATE invoice_line SET discount = discount + 1 WHERE net = 5555"),
    ("I1", "invoice_line", "DELETE FROM invoice_line WHERE net = 333"),
    ("I1", "invoice_tax", "UPDATE invoice_tax SET amount = amount + 1 WHERE base = 10333"),
    ("I1", "invoice_tax", "DELETE FROM invoice_tax WHERE base = 10333"),
    ("I3", "invoice_tax", "UPDATE invoice_tax SET base = base + 100 WHERE base = 10333"),
    ("I3", "invoice_tax", "UPDATE invoice_tax SET rate = rate + 10000 WHERE base = 5555"),
    ("I3", "invoice_tax", "UPDATE invoice_tax SET amount = amount + 3 WHERE base = 3036"),
    ("I3", "invoice", "UPDATE invoice SET tax_mode = 'document' WHERE tax = 606"),
    ("J2", "invoice_tax", "UPDATE invoice_tax SET name = 'GST' WHERE base = 10333"),
    ("J2", "invoice_tax", "UPDATE invoice_tax SET amount = amount - 1 WHERE base = 5555"),
    # payments
    ("I5", "payment", "UPDATE payment SET unallocated = unallocated + 1 WHERE amount = 15000"),
    ("I5", "payment", "UPDATE payment SET refunded = refunded - 1 WHERE tip = 1000"),
    ("I5", "payment", "UPDATE payment SET amount = amount - 1 WHERE amount = 15000"),
    ("I5", "payment", "UPDATE payment SET tip = 1 WHERE amount = 15000"),
    ("I5", "payment", "UPDATE payment SET state = 'reversed', unallocated = 0 WHERE amount = 15000"),
    ("I12", "payment", "UPDATE payment SET unallocated = 1 WHERE amount = 15000"),
    ("I12", "payment", "UPDATE payment SET currency = 'USD' WHERE amount = 3300"),
    ("I14", "payment", "UPDATE payment SET currency = 'USD' WHERE amount = 15000"),
    ("I14", "payment", "UPDATE payment SET group_id = group_id + 1 WHERE amount = 15000"),
    ("J2", "payment", "UPDATE payment SET amount = amount + 1, unallocated = 1 WHERE amount = 15000"),
    ("J2", "payment", "UPDATE payment SET method = 'cash' WHERE amount = 15000"),
    ("J2", "payment", "UPDATE payment SET state = 'pending' WHERE amount = 1100"),
    ("J3", "payment", "UPDATE payment SET paid_on = '2026-01-21' WHERE amount = 15000"),
    ("J4", "payment", "UPDATE payment SET currency = 'USD' WHERE amount = 1100"),
    # allocations
    ("I4", "allocation", "UPDATE allocation SET amount = amount - 1 WHERE amount = 12400"),
    ("I4", "allocation", "UPDATE allocation SET amount = amount + 1 WHERE amount = 12400"),
    ("I4", "allocation", "UPDATE allocation SET invoice_id = (SELECT max(id) FROM invoice) WHERE amount = 12400"),
    ("I5", "allocation", "UPDATE allocation SET payment_id = (SELECT max(id) FROM payment) WHERE amount = 12400"),
    ("I5", "allocation", "UPDATE allocation SET amount = amount + 1 WHERE amount = 12400"),
    ("I14", "allocation", "UPDATE allocation SET group_id = group_id + 1 WHERE amount = 12400"),
    ("I14", "allocation", "UPDATE allocation SET currency = 'USD' WHERE amount = 12400"),
    ("I14", "allocation", "UPDATE allocation SET invoice_id = (SELECT max(id) FROM invoice) WHERE amount = 12400"),
    ("J2", "allocation", "UPDATE allocation SET amount = amount + 1 WHERE amount = 12400"),
    ("J2", "allocation", "DELETE FROM allocation WHERE amount = 12400"),
    ("J3", "allocation", "UPDATE allocation SET effective_on = '2026-03-01' WHERE amount = 12400"),
    ("J3", "allocation", "UPDATE allocation SET amount = amount - 1 WHERE amount < 0"),
    # refunds
    ("I5", "refund", "UPDATE refund SET amount = amount + 1 WHERE amount = 5000"),
    ("I5", "refund", "DELETE FROM refund WHERE amount = 500"),
    ("I9", "refund", "UPDATE refund SET number = 'NORTH-R-00007' WHERE amount = 500"),
    ("I9", "refund", "UPDATE refund SET refunded_on = '2026-02-28' WHERE amount = 500"),
    ("I14", "refund", "UPDATE refund SET group_id = group_id + 1 WHERE amount = 500"),
    ("I14", "refund", "UPDATE refund SET currency = 'USD' WHERE amount = 500"),
    ("J2", "refund", "UPDATE refund SET amount = amount - 1 WHERE amount = 5000"),
    ("J2", "refund", "UPDATE refund SET method = 'cash' WHERE amount = 5000"),
    ("J3", "refund", "UPDATE refund SET refunded_on = '2026-03-02' WHERE amount = 5000"),
    ("J4", "refund", "UPDATE refund SET currency = 'USD' WHERE amount = 5000"),
    ("I5", "refund", "UPDATE refund SET amount = amount + 1 WHERE amount = 1500"),
    ("I14", "refund", "UPDATE refund SET group_id = group_id + 1 WHERE amount = 1500"),
    ("J2", "refund", "UPDATE refund SET amount = amount - 1 WHERE amount = 1500"),
    # credit notes
    ("I4", "invoice", "UPDATE invoice SET credited = credited + 1 WHERE credited > 0"),
    ("I5", "credit_note", "UPDATE credit_note SET open = open - 1 WHERE open > 0"),
    ("I8", "credit_note", "UPDATE credit_note SET subtotal = subtotal - 1 WHERE total = 3600"),
    ("I8", "credit_note", "UPDATE credit_note SET subtotal = subtotal + 1, total = total + 1 WHERE total = 7000"),
    ("I9", "credit_note", "UPDATE credit_note SET number = 'NORTH-C-00009' WHERE total = 7000"),
    ("I9", "credit_note", "UPDATE credit_note SET issued_on = '2026-03-16' WHERE total = 7000"),
    ("I12", "credit_note", "UPDATE credit_note SET open = open - 1 WHERE open > 0"),
    ("I14", "credit_note", "UPDATE credit_note SET group_id = group_id + 1 WHERE total = 7000"),
    ("I14", "credit_note", "UPDATE credit_note SET currency = 'USD' WHERE total = 3600"),
    ("J2", "credit_note", "UPDATE credit_note SET tax = tax + 1, subtotal = subtotal - 1 WHERE total = 3600"),
    ("J3", "credit_note", "UPDATE credit_note SET issued_on = '2026-03-16' WHERE total = 3600"),
    ("I8", "credit_note_line", "UPDATE credit_note_line SET net = net + 1 WHERE net = 3000"),
    ("I8", "credit_note_line", "UPDATE credit_note_line SET net = 6001 WHERE net = 3000"),
    ("I8", "credit_note_line", "UPDATE credit_note_line SET invoice_line_id ="
     " (SELECT max(id) FROM invoice_line) WHERE net = 3000"),
    ("I8", "credit_note_tax", "UPDATE credit_note_tax SET amount = amount + 1"),
    ("I8", "credit_note_tax", "DELETE FROM credit_note_tax"),
    ("J2", "credit_note_tax", "UPDATE credit_note_tax SET name = 'GST'"),
    ("I5", "allocation", "UPDATE allocation SET amount = amount + 1 WHERE amount = 2000 AND payment_id IS NULL"),
    ("J3", "allocation", "UPDATE allocation SET credit_note_id ="
     " (SELECT min(id) FROM credit_note) WHERE amount = -150"),
    # write-offs and allowances
    ("I4", "invoice", "UPDATE invoice SET written_off = written_off + 1 WHERE written_off > 0"),
    ("I4", "write_off", "UPDATE write_off SET amount = amount - 1 WHERE amount = 5100"),
    ("I4", "write_off", "UPDATE write_off SET taken_back_on = NULL WHERE amount = 1100"),
    ("I14", "write_off", "UPDATE write_off SET group_id = group_id + 1 WHERE amount = 5100"),
    ("J2", "write_off", "UPDATE write_off SET kind = 'bad debt' WHERE amount = 300"),
    ("J2", "write_off", "DELETE FROM write_off WHERE amount = 300"),
    ("J3", "write_off", "UPDATE write_off SET written_off_on = '2026-03-16' WHERE amount = 5100"),
    ("J3", "write_off", "UPDATE write_off SET taken_back_on = '2026-03-16' WHERE amount = 1100"),
    # contracts, deposits, retainage
    ("I6", "estimate_line", "UPDATE estimate_line SET net = net - 1"),
    ("I6", "estimate", "UPDATE estimate SET confirmed_on = NULL"),
    ("I6", "estimate", "UPDATE estimate SET tax = tax - 1, total = total - 1"),
    ("I6", "estimate", "UPDATE estimate SET discount = discount + 1, total = total - 1"),
    ("I6", "invoice_line", "UPDATE invoice_line SET line_key = 'gone' WHERE line_key IS NOT NULL"),
    ("I7", "deposit_use", "UPDATE deposit_use SET gross = gross + 1, net = net + 1"),
    ("I7", "deposit_use", "UPDATE deposit_use SET net = net + 9000, tax = tax - 9000"),
    ("I7", "deposit_use", "UPDATE deposit_use SET deposit_id = 1"),
    ("I7", "invoice", "UPDATE invoice SET kind = 'full' WHERE kind = 'deposit'"),
    ("I14", "deposit_use", "UPDATE deposit_use SET deposit_id ="
     " (SELECT max(id) FROM invoice WHERE currency = 'USD')"),
    ("J2", "deposit_use", "UPDATE deposit_use SET net = net - 1, tax = tax + 1"),
    ("J2", "invoice", "UPDATE invoice SET kind = 'full' WHERE kind = 'deposit'"),
    ("I4", "invoice", "UPDATE invoice SET released_on = NULL WHERE released_on IS NOT NULL"),
    ("I4", "invoice", "UPDATE invoice SET retained = retained - 1 WHERE retained > 0 AND released_on IS NULL"),
    ("J2", "invoice", "UPDATE invoice SET retained = retained - 1 WHERE released_on IS NOT NULL"),
    ("J3", "invoice", "UPDATE invoice SET released_on = '2026-03-16' WHERE released_on IS NOT NULL"),
    # payouts
    ("J2", "payout", "UPDATE payout SET fee = fee + 1"),
    ("J2", "payout", "DELETE FROM payout"),
    ("J3", "payout", "UPDATE payout SET paid_on = '2026-03-16'"),
    ("J4", "payout", "UPDATE payout SET currency = 'USD'"),
    ("J4", "posting", "UPDATE posting SET group_id = 1 WHERE account = 'fees'"),
    # papers
    ("I10", "document_snapshot", "UPDATE document_snapshot SET content = content || ' ' WHERE id = 1"),
    ("I10", "document_snapshot", "UPDATE document_snapshot SET sha256 = 'none' WHERE id = 2"),
    ("I10", "document_snapshot", "UPDATE document_snapshot SET total = total + 1 WHERE kind = 'invoice'"),
    ("I10", "document_snapshot", "UPDATE document_snapshot SET document_id = 99999 WHERE kind = 'credit note' AND id ="
     " (SELECT min(id) FROM document_snapshot WHERE kind = 'credit note')"),
    ("I10", "invoice", "UPDATE invoice SET total = total + 1 WHERE number = 'NORTH-00002'"),
    ("I10", "credit_note", "UPDATE credit_note SET total = total + 1 WHERE total = 7000"),
    # the number series
    ("I9", "number_series", "UPDATE number_series SET next_number = next_number + 1 WHERE document = 'invoice'"),
    ("I9", "number_series", "UPDATE number_series SET next_number = next_number - 1 WHERE document = 'refund'"),
    # the journal
    ("J1", "journal_entry", "INSERT INTO journal_entry (kind, document, document_id, effective_on, recorded_at, actor)"
     " SELECT kind, document, document_id, effective_on, recorded_at, actor FROM journal_entry WHERE id = 1"),
    ("J1", "journal_entry", "UPDATE posting SET entry_id = 2 WHERE entry_id = 1 AND account = 'revenue'"),
    ("J2", "journal_entry", "UPDATE journal_entry SET document_id = 99999 WHERE id = 1"),
    ("J2", "journal_entry", "UPDATE journal_entry SET document = 'sandwich' WHERE id = 1"),
    ("J2", "journal_entry", "UPDATE journal_entry SET document_id = 2 WHERE id = 1"),
    ("J3", "journal_entry", "UPDATE journal_entry SET effective_on = '2024-01-01' WHERE id = 1"),
    ("J3", "journal_entry", "UPDATE journal_entry SET kind = 'refund' WHERE id = 1"),
    ("J3", "journal_entry", "UPDATE journal_entry SET reverses_id = NULL WHERE reverses_id IS NOT NULL"),
    # its postings
    ("J1", "posting", "UPDATE posting SET amount = amount + 1 WHERE id = 1"),
    ("J1", "posting", "DELETE FROM posting WHERE id = 1"),
    ("J1", "posting", "UPDATE posting SET currency = 'USD' WHERE id = 1"),
    ("J2", "posting", "UPDATE posting SET account = 'revenue' WHERE account = 'tax:VAT'"),
    ("J2", "posting", "UPDATE posting SET account = 'tax:GST' WHERE account = 'tax:VAT'"),
    ("J2", "posting", "UPDATE posting SET account = 'cash:cash' WHERE account = 'cash:transfer'"),
    ("J2", "posting", "DELETE FROM posting WHERE entry_id = 1"),
    ("J4", "posting", "UPDATE posting SET group_id = group_id + 1 WHERE entry_id = 1"),
    ("J4", "posting", "UPDATE posting SET currency = 'USD' WHERE entry_id = 1"),
    ("I12", "posting", "UPDATE posting SET group_id = group_id + 1 WHERE entry_id = 1"),
    ("I12", "posting", "UPDATE posting SET account = 'advances' WHERE account = 'receivable'"),
    # what customers owe
    ("I12", "customer_balance", "UPDATE customer_balance SET receivable = receivable + 1 WHERE currency = 'EUR'"),
    ("I12", "customer_balance", "UPDATE customer_balance SET receivable = 1, unallocated = 1 WHERE currency = 'USD'"),
    ("I12", "customer_balance", "UPDATE customer_balance SET credits = 1 WHERE currency = 'USD'"),
    ("I12", "customer_balance", "UPDATE customer_balance SET retained = retained + 1 WHERE currency = 'EUR'"),
    ("I13", "customer_balance", "UPDATE customer_balance SET receivable = receivable + 1 WHERE currency = 'EUR'"),
    ("I13", "invoice", "UPDATE invoice SET balance = balance - 1 WHERE number = 'NORTH-00002'"),
    ("I12", "customer_balance", "DELETE FROM customer_balance WHERE currency = 'USD'"),
    ("I12", "customer_balance", "UPDATE customer_balance SET currency = 'GBP' WHERE currency = 'USD'"),
    ("I12", "customer_group", "UPDATE customer_group SET balance = balance + 1"),
    ("I12", "customer_group", "UPDATE customer_group SET balance = 0"),
    ("I12", "company", "UPDATE company SET currency = 'USD'"),
    # contacts and addresses
    ("I11", "membership", "UPDATE membership SET is_primary = false"),
    ("I11", "membership", "UPDATE membership SET is_primary = false WHERE id = 1"),
    ("I11", "address", "UPDATE address SET is_billing = false"),
    ("I11", "address", "UPDATE address SET is_billing = false WHERE id = 1"),
]  # fmt: skip

MONEY_TABLES = {
    "invoice",
    "invoice_line",
    "invoice_tax",
    "payment",
    "allocation",
    "refund",
    "credit_note",
    "credit_note_line",
    "credit_note_tax",
    "write_off",
    "deposit_use",
    "payout",
    "document_snapshot",
    "number_series",
    "journal_entry",
    "posting",
    "customer_balance",
    "customer_group",
}


def spoil(session: Session, statement: str) -> int:
    """Do what nobody may: change rows behind the back of the books; answers how many."""
    return session.connection().exec_driver_sql(statement).rowcount


def test_honest_books_break_no_invariant(session, ann, clock):
    busy_books(session, ann, clock)

    assert broken(session) == set()


def test_an_empty_office_is_proved(session):
    assert broken(session) == set()


def test_every_mutation_is_named_by_the_invariant_it_breaks(session, ann, clock, capsys):
    """At least two raw statements on every money table; the catch rate is printed and has to be 100 %."""
    busy_books(session, ann, clock)
    missed = []

    for invariant, table, statement in MUTATIONS:
        savepoint = session.begin_nested()
        changed = spoil(session, statement)
        if changed == 0 or all(finding.holds for finding in prove(session, only=[invariant])):
            missed.append((invariant, table, statement, changed))
        savepoint.rollback()

    caught = len(MUTATIONS) - len(missed)
    with capsys.disabled():
        kind = session.connection().dialect.name
        rate = 100 * caught / len(MUTATIONS)
        sys.stdout.write(f"\n{kind}: {caught} of {len(MUTATIONS)} mutations caught ({rate:.0f} %)\n")
    assert missed == []
    assert broken(session) == set()


def test_every_invariant_and_every_money_table_has_two_mutations():
    by_invariant = Counter(invariant for invariant, _, _ in MUTATIONS)
    by_table = Counter(table for _, table, _ in MUTATIONS)

    assert {one.id for one in INVARIANTS} == set(by_invariant)
    assert min(by_invariant.values()) >= 2
    assert {table for table in MONEY_TABLES if by_table[table] < 2} == set()
    for _, table, statement in MUTATIONS:
        touched = re.match(r"(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)", statement)
        assert touched is not None
        assert table in (touched[1], "journal_entry")


def test_a_finding_names_the_row_and_both_amounts(session, ann, clock):
    busy_books(session, ann, clock)
    spoil(session, "UPDATE invoice SET balance = balance - 1 WHERE number = 'NORTH-00002'")

    finding = next(one for one in prove(session) if one.id == "I4")

    assert finding.count == 1
    offence = finding.offences[0]
    assert (offence.table, offence.expected, offence.actual) == ("invoice", "29.66 EUR", "29.65 EUR")
    assert offence.sentence == "Invoice NORTH-00002 shows 29.65 EUR to pay, 29.66 EUR is open"


def test_all_offences_are_counted_and_some_are_named(session, ann, clock):
    desk = busy_books(session, ann, clock)
    for number in range(MOST_SHOWN + 5):
        desk.invoice("1", title=f"{number}")
    spoil(session, "UPDATE invoice SET balance = 0 WHERE total = 100")

    finding = next(one for one in prove(session) if one.id == "I4")

    assert finding.count == MOST_SHOWN + 5
    assert len(finding.offences) == MOST_SHOWN


def test_a_currency_that_does_not_exist_does_not_stop_the_proof(session, ann, clock):
    busy_books(session, ann, clock)
    spoil(session, "UPDATE posting SET currency = 'QQQ' WHERE id = 1")

    assert "J1" in broken(session)


@pytest.fixture
def office(session, ann, clock, database, tmp_path, monkeypatch):
    """An office on disk that the command opens."""
    busy_books(session, ann, clock)
    session.commit()
    monkeypatch.setenv("SAWHORSE_DATABASE_URL", database)
    monkeypatch.setenv("SAWHORSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SAWHORSE_SECRET_KEY", "a key that only tests use, never an office")
    return session


def test_the_command_says_that_all_hold(office):
    result = CliRunner().invoke(prove_command, [])

    assert result.exit_code == 0, result.output
    assert f"All {len(INVARIANTS)} invariants hold" in result.stdout
    assert result.stdout.count("holds") == len(INVARIANTS)


def test_the_command_names_what_is_broken_and_exits_with_one(office):
    spoil(office, "UPDATE invoice SET balance = balance - 1 WHERE number = 'NORTH-00002'")
    office.commit()

    spoken = CliRunner().invoke(prove_command, [])
    plain = CliRunner().invoke(prove_command, ["--json"])

    assert spoken.exit_code == plain.exit_code == 1
    assert "broken  I4" in spoken.stdout
    assert "NORTH-00002" in spoken.stdout
    assert "I4" in spoken.stderr
    answer = json.loads(plain.stdout)
    assert answer["proved"] is False
    assert {one["id"] for one in answer["findings"] if not one["holds"]} == {"I4", "I12", "I13"}
