"""Books small enough to add up by hand, and random ones that balance, for the tests of the journal export."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import strategies as st

from admin_app.records.journal_export.entries import BookEntry, BookPosting

ACCOUNTS = (
    "receivable", "revenue", "advances", "tips", "credits", "deposits", "retained", "write_off", "allowance", "fees",
    "cash:card", "cash:transfer", "cash:cash", "cash:cheque", "cash:direct debit", "cash:other", "tax:VAT 20",
    "tax:VAT-20", "tax:(20 %)", "tax:as imported", "tax:増値税", "tax:ελάχιστος", 'tax:"a\\b" ^#', "tax:ß", "tax:½",
)  # fmt: skip
CUSTOMERS = ("Clara Müller", 'Łódź "Fliesen" \\ Bad', "田中商店", "=cmd|' /C calc'!A0", "Renée\nCo;KG", "ẞ")


def a_posting(account, amount, customer="Clara Müller", currency="EUR", number="G-1"):
    return BookPosting(account, amount, currency, customer, number)


def an_entry(
    id, *postings, kind="invoice", on=date(2026, 3, 2), document="invoice", number="", name="", **more
):
    number = number or f"2026-{id}"
    return BookEntry(id, kind, on, document, number, name or postings[0].customer, postings, **more)


INVOICE = an_entry(
    1,
    a_posting("receivable", 12000),
    a_posting("revenue", -10000),
    a_posting("tax:VAT 20", -2000),
    number="2026-7",
    due_on=date(2026, 3, 16),
)
PAYMENT = an_entry(
    2, a_posting("cash:transfer", 15000), a_posting("advances", -15000), kind="payment", document="payment",
    on=date(2026, 3, 10),
)  # fmt: skip
ALLOCATION = an_entry(
    3, a_posting("advances", 12000), a_posting("receivable", -12000), kind="allocation", document="allocation",
    on=date(2026, 3, 10), concerns=(("invoice", "2026-7"),),
)  # fmt: skip
BOOKS = (INVOICE, PAYMENT, ALLOCATION)


def trial_balance(entries):
    """(account, currency) → minor units, without accounts that are at zero."""
    found: Counter[tuple[str, ...]] = Counter()
    for entry in entries:
        for posting in entry.postings:
            found[posting.account, posting.currency] += posting.amount
    return {key: amount for key, amount in found.items() if amount}


def customer_balances(entries):
    """(customer, account, currency) → minor units, without those at zero."""
    found: Counter[tuple[str, ...]] = Counter()
    for entry in entries:
        for posting in entry.postings:
            found[" ".join(posting.customer.split()), posting.account, posting.currency] += posting.amount
    return {key: amount for key, amount in found.items() if amount}


def books(currencies=("EUR", "JPY", "TND"), most=10**9):
    """Up to a dozen entries of up to six postings that balance in their currency."""
    amounts = st.integers(-most, most).filter(bool)

    @st.composite
    def entry(draw, id):
        currency = draw(st.sampled_from(currencies))
        moved = draw(st.lists(amounts, min_size=1, max_size=5).filter(sum))
        postings = [
            a_posting(draw(st.sampled_from(ACCOUNTS)), amount, draw(st.sampled_from(CUSTOMERS)), currency)
            for amount in (*moved, -sum(moved))
        ]
        return an_entry(
            id,
            *postings,
            on=date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 364))),
            number=draw(st.sampled_from(["2026-7", "RE 7/ä", "№ 9", "#;", "x" * 60])),
            kind=draw(st.sampled_from(["invoice", "payment", "reversal", "something new"])),
        )

    return st.integers(1, 12).flatmap(lambda count: st.tuples(*(entry(id) for id in range(1, count + 1))))
