"""beancount reads what we write (tests only): the same trial balance, the same balance of every customer."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import data
from hypothesis import example, given, settings
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid
from admin_app.records.journal_export.accounts import MappedAccount, default_mapping
from admin_app.records.journal_export.beancount import (
    account_names,
    beancount_text,
    component,
    is_account_name,
    link,
)
from tests.records.books import (
    ACCOUNTS,
    BOOKS,
    a_posting,
    an_entry,
    books,
    customer_balances,
    trial_balance,
)

MAPPING = default_mapping(ACCOUNTS)
DIGITS = {"EUR": 2, "JPY": 0, "TND": 3}


def read_back(entries, mapping=MAPPING, title="Example Ltd"):
    text = b"".join(beancount_text(lambda: entries, mapping, title=title).parts).decode()
    directives, errors, options = loader.load_string(text)
    assert not errors, (errors[:3], text)
    return directives, options


def balances(directives):
    """The trial balance and the balances by customer as beancount has them, in our accounts and minor units."""
    ours = {one.account: one.meta["account"] for one in directives if isinstance(one, data.Open)}
    trial: Counter[tuple[str, str]] = Counter()
    customers: Counter[tuple[str, str, str]] = Counter()
    for entry in data.filter_txns(directives):
        for posting in entry.postings:
            assert posting.units and posting.units.number is not None and posting.meta
            currency = posting.units.currency
            minor = int(posting.units.number.scaleb(DIGITS[currency]))
            trial[ours[posting.account], currency] += minor
            customers[posting.meta["customer"], ours[posting.account], currency] += minor
    return ({key: n for key, n in counted.items() if n} for counted in (trial, customers))


@settings(max_examples=80, deadline=None)
@given(books())
def test_beancount_has_the_same_trial_balance_and_customer_balances(entries):
    directives, _ = read_back(entries)

    trial, customers = balances(directives)

    assert trial == trial_balance(entries)
    assert customers == customer_balances(entries)
    assert sorted(int(one.meta["entry"]) for one in data.filter_txns(directives)) == [e.id for e in entries]


def test_an_entry_tells_payee_document_and_links():
    directives, options = read_back(BOOKS, title='Ann & "Sons"')

    invoice, payment, allocation = data.filter_txns(directives)
    assert (invoice.payee, invoice.narration, invoice.date) == (
        "Clara Müller",
        "invoice 2026-7",
        date(2026, 3, 2),
    )
    assert invoice.meta["entry"] == "1" and invoice.meta["due"] == date(2026, 3, 16)
    assert invoice.links == {"invoice-2026-7"} and payment.links == {"payment-2026-2"}
    assert allocation.links == {"allocation-2026-3", "invoice-2026-7"}
    assert [(p.account, p.units and p.units.number) for p in invoice.postings] == [
        ("Assets:Receivable", Decimal("120.00")),
        ("Income:Revenue", Decimal("-100.00")),
        ("Liabilities:Tax:VAT-20", Decimal("-20.00")),
    ]
    assert (invoice.postings[0].meta or {})["customer-number"] == "G-1"
    assert options["title"] == 'Ann & "Sons"' and options["operating_currency"] == ["EUR"]


def test_accounts_are_opened_on_their_first_day_with_their_code():
    directives, _ = read_back(BOOKS)

    opened = {one.account: one for one in directives if isinstance(one, data.Open)}

    assert opened["Assets:Receivable"].date == date(2026, 3, 2)
    assert opened["Assets:Cash:Transfer"].date == date(2026, 3, 10)
    assert opened["Liabilities:Advances"].meta["code"] == "advances"
    assert [one.currency for one in directives if isinstance(one, data.Commodity)] == ["EUR"]


def test_every_account_has_a_valid_name_of_its_own():
    names = account_names(ACCOUNTS, MAPPING)

    assert len(set(names.values())) == len(ACCOUNTS)
    assert (
        names["tax:VAT 20"] == "Liabilities:Tax:VAT-20" and names["tax:VAT-20"] == "Liabilities:Tax:VAT-20-2"
    )
    assert names["cash:direct debit"] == "Assets:Cash:Direct-Debit"
    assert names["write_off"] == "Expenses:Write-Off"
    assert names["tax:増値税"] == "Liabilities:Tax:X-増値税"


def test_the_names_do_not_depend_on_what_is_exported_today():
    alone = account_names({*MAPPING, "tax:VAT-20"}, MAPPING)
    directives, _ = read_back((an_entry(1, a_posting("tax:VAT-20", 1), a_posting("fees", -1)),))

    assert {one.account for one in directives if isinstance(one, data.Open)} == {
        alone["tax:VAT-20"],
        "Expenses:Fees",
    }


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
@example("ŉ")
@example("ǆ")
@example("\u0e01\u0e34")
@example("٣")
def test_any_name_of_a_tax_becomes_an_account_that_beancount_takes(name):
    account = f"tax:{name}"
    entries = (an_entry(1, a_posting("receivable", 5), a_posting(account, -5)),)

    directives, _ = read_back(entries, default_mapping(["receivable", account]))

    assert is_account_name(f"Liabilities:Tax:{component(name)}")
    assert len(list(data.filter_txns(directives))) == 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
@example('"', "\\")
@example("", "")
def test_any_name_and_number_are_read_back(name, number):
    entry = an_entry(1, a_posting("fees", 5, name), a_posting("tips", -5, name))

    directives, _ = read_back((an_entry(1, *entry.postings, number=number, name=name or "?"),))

    (read,) = data.filter_txns(directives)
    plain = " ".join("".join(" " if c in "\x1c\x1d\x1e\x1f\x85\u2028\u2029" or ord(c) < 32 or 127 <= ord(c) < 160
                             else c for c in name or "?").split())  # fmt: skip
    assert read.payee == plain


def test_numbers_that_a_link_cannot_carry_stay_apart():
    assert link("invoice", "2026/7.a_b") == "invoice-2026/7.a_b"
    links = {link("invoice", number) for number in ("RE 7", "RE-7", "RE#7", "RÉ-7", "№7")}

    assert len(links) == 5 and all(one.isascii() and " " not in one for one in links)


def test_a_mapped_name_of_beancounts_own_is_taken_and_may_be_shared():
    mapping = MAPPING | {
        "cash:transfer": MappedAccount("1", "Assets:Bank:Checking"),
        "cash:card": MappedAccount("1", "Assets:Bank:Checking"),
        "crypto": MappedAccount("9", "Equity:Strange"),
    }
    entry = an_entry(1, a_posting("cash:transfer", 3), a_posting("cash:card", 4), a_posting("crypto", -7))

    directives, _ = read_back((entry,), mapping)

    (read,) = data.filter_txns(directives)
    assert [posting.account for posting in read.postings] == ["Assets:Bank:Checking"] * 2 + ["Equity:Strange"]


def test_an_account_of_an_unknown_kind_is_refused_with_what_helps():
    entry = an_entry(1, a_posting("crypto", 3), a_posting("fees", -3))

    with pytest.raises(Invalid, match="“crypto”") as refused:
        beancount_text(lambda: (entry,), MAPPING | {"crypto": MappedAccount("9", "Crypto")}, title="")

    assert refused.value.fields == {"crypto": "Write its name as beancount does, such as Expenses:Interest"}
