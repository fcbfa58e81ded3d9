"""What a payment is for: by its text, by exact sums, by age [L8, 92, M27, V18]."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.money import Money
from admin_app.money.exact_sum import find_exact_sum
from admin_app.money.proposer import OpenDocument, Proposal, Strategy, propose
from admin_app.money.references import named_in
from tests.money.contracts import eur


def an_invoice(number: str, balance: str, day: int = 1, order: str | None = None) -> OpenDocument:
    """Issued on a day of March."""
    issued = date(2026, 3, 1) + timedelta(days=day - 1)
    return OpenDocument(number, number, issued, issued + timedelta(days=14), eur(balance), order)


def uses(proposal: Proposal) -> list[tuple[str, str]]:
    return [(use.document.number, str(use.amount)) for use in proposal.uses]


# -------------------------------------------------------------------------------------- references


@pytest.mark.parametrize(
    "text",
    [
        "N-00012",
        "payment n-00012 thanks",
        "Invoice N 00012",
        "inv. N00012/March",
        "N-12",
        "n12",
        "N – 00012",
        "N-000 12",
        "RF18N00012",
        "+RF18 N-00012",
    ],
)
def test_a_number_is_found_however_it_was_written(text):
    assert named_in(text, {"a": ("N-00012",)}) == {"a"}


@pytest.mark.parametrize(
    "text", ["", "12", "00012", "invoice 12", "N-123", "N-112", "AN-12", "N-12B", "12 N", "N 1", "in 12 days"]
)
def test_what_is_another_number_or_bare_digits_is_not_found(text):
    assert named_in(text, {"a": ("N-00012",)}) == set()


@pytest.mark.parametrize(
    ("number", "text", "found"),
    [
        ("RE-2026-0012", "rechnung 2026-0012", True),
        ("RE-2026-0012", "20260012", True),
        ("RE-2026-0012", "R E 2026 0012", True),
        ("RE-2026-0012", "re 2026/12", True),
        ("RE-2026-0012", "2026", False),
        ("10115", "10115 Berlin", False),
        ("100115", "Ref 100115.", True),
        ("100115", "1100115", False),
        ("4711", "order 4711", False),
        ("PO 4711", "po4711", True),
        ("GARDEN", "the garden", False),
        ("ÄB-0815/24", "aeb ab 815 24", True),
    ],
)
def test_digits_alone_are_a_number_only_when_they_are_many(number, text, found):
    assert bool(named_in(text, {"a": (number,)})) is found


def test_of_two_readings_of_the_same_characters_the_surer_counts():
    """ "N-1 250.00" is invoice N-1, not N-1250 with a blank inside."""
    assert named_in("N-1 250.00", {"a": ("N-1",), "b": ("N-1250",)}) == {"a"}
    assert named_in("N-00012", {"a": ("N-12",), "b": ("N-00012",)}) == {"b"}
    assert named_in("N-00012, N-15", {"a": ("N-00012",), "b": ("N-00015",)}) == {"a", "b"}


def test_a_very_long_text_is_read_to_its_bound():
    assert named_in("0 " * 50_000 + "N-1", {"a": ("N-1",)}) == set()


# -------------------------------------------------------------------------------------- exact sums


@given(st.lists(st.integers(1, 40), max_size=9), st.integers(0, 120))
def test_an_exact_sum_is_the_fewest_and_the_oldest_of_them(amounts, target):
    """Against every combination there is."""
    fitting = [
        chosen
        for count in range(1, len(amounts) + 1)
        for chosen in combinations(range(len(amounts)), count)
        if sum(amounts[at] for at in chosen) == target
    ]

    found = find_exact_sum(target, amounts)

    if not fitting:
        assert found is None
        return
    fewest = [chosen for chosen in fitting if len(chosen) == len(fitting[0])]
    assert found is not None
    assert found.chosen == fewest[0]
    assert found.alone == (len(fewest) == 1)


def test_of_two_choices_as_few_the_one_with_the_oldest_counts():
    """10 + 40 and 20 + 30: the first amount is the oldest; the others keep the two in one half of the search."""
    found = find_exact_sum(50, [10, 20, 30, 40, 500, 500, 500, 500])

    assert found is not None
    assert (found.chosen, found.alone) == ((0, 3), False)


def test_twenty_five_amounts_are_searched_and_more_are_refused():
    amounts = [3**at for at in range(25)]

    found = find_exact_sum(sum(amounts) - 1 - 3**24, amounts)

    assert found is not None
    assert found.chosen == tuple(range(1, 24))
    with pytest.raises(ValueError, match="at most 25"):
        find_exact_sum(1, [*amounts, 1])


# -------------------------------------------------------------------------------------- proposals


def test_a_cheque_of_3000_pays_the_first_invoice_and_part_of_the_second():
    """[V18]: nothing is voided, 500 stays due."""
    documents = [an_invoice("N-00001", "1000.00", day=1), an_invoice("N-00002", "2500.00", day=2)]

    (proposal,) = propose(eur("3000.00"), documents)

    assert uses(proposal) == [("N-00001", "1000.00"), ("N-00002", "2000.00")]
    assert (proposal.strategy, proposal.exact, str(proposal.unallocated)) == (Strategy.OLDEST, False, "0.00")
    assert proposal.explanation == (
        "The oldest first: invoice N-00001 in full and 2,000.00 of the 2,500.00 of invoice N-00002"
    )


def test_two_invoices_that_add_up_are_proposed_exactly():
    documents = [
        an_invoice("N-00011", "300.00"),
        an_invoice("N-00012", "1000.00", day=2),
        an_invoice("N-00015", "250.00", day=3),
    ]

    best, oldest = propose(eur("1250.00"), documents)

    assert best.explanation == "Invoices N-00012 and N-00015 add up to exactly 1,250.00"
    assert (best.strategy, best.exact, best.rank, oldest.rank) == (Strategy.SUBSET, True, 1, 2)
    assert oldest.strategy is Strategy.OLDEST


def test_one_invoice_of_exactly_the_amount_comes_before_several():
    documents = [
        an_invoice("N-1", "60.00"),
        an_invoice("N-2", "40.00", day=2),
        an_invoice("N-3", "100.00", day=3),
    ]

    best = propose(eur("100.00"), documents)[0]

    assert (uses(best), best.exact) == ([("N-3", "100.00")], True)
    assert best.explanation == "Invoice N-3 is exactly 100.00"


def test_two_invoices_of_the_same_amount_are_for_a_person_to_choose_from():
    documents = [an_invoice("N-2", "100.00", day=2), an_invoice("N-1", "100.00")]

    best = propose(eur("100.00"), documents)[0]

    assert (uses(best), best.exact) == ([("N-1", "100.00")], False)
    assert best.explanation == "Invoice N-1 is exactly 100.00; as much is open on invoice N-2"


def test_two_sums_as_good_as_each_other_are_said():
    documents = [
        an_invoice("N-1", "60.00"),
        an_invoice("N-2", "40.00", day=2),
        an_invoice("N-3", "70.00", day=3),
        an_invoice("N-4", "30.00", day=4),
    ]

    best = propose(eur("100.00"), documents)[0]

    assert (uses(best), best.exact) == ([("N-1", "60.00"), ("N-2", "40.00")], False)
    assert best.explanation.endswith("add up to exactly 100.00; others, as few, do too")


def test_everything_that_is_open_is_exact_however_many_there_are():
    documents = [an_invoice(f"N-{number}", "10.00", day=number) for number in range(1, 41)]

    best = propose(eur("400.00"), documents)[0]

    assert (best.exact, len(best.uses)) == (True, 40)
    assert best.explanation == "All 40 open invoices add up to exactly 400.00"


def test_above_twenty_five_only_the_oldest_are_searched_and_that_is_said():
    documents = [an_invoice(f"N-{number}", f"{3 * number}.00", day=number) for number in range(1, 31)]

    best = propose(eur("78.00"), documents)[0]
    subset = next(one for one in propose(eur("147.00"), documents) if one.strategy is Strategy.SUBSET)

    assert uses(best) == [("N-26", "78.00")]  # one alone is looked for among all
    assert uses(subset) == [("N-24", "72.00"), ("N-25", "75.00")]
    assert not subset.exact
    assert subset.explanation.endswith("only the oldest 25 were searched, not 5 newer")


def test_the_invoice_that_the_text_names_comes_first():
    documents = [an_invoice("N-00001", "100.00"), an_invoice("N-00002", "100.00", day=2)]

    best = propose(eur("100.00"), documents, "thanks for N 2")[0]

    assert (uses(best), best.exact) == ([("N-00002", "100.00")], True)
    assert best.explanation == "The text names invoice N-00002, which is exactly 100.00"


def test_the_clients_own_order_number_is_as_good():
    documents = [an_invoice("N-00001", "100.00", order="PO-4711"), an_invoice("N-00002", "40.00", day=2)]

    best = propose(eur("100.00"), documents, "po 4711")[0]

    assert (uses(best), best.exact) == ([("N-00001", "100.00")], True)
    assert best.explanation == "The text names invoice N-00001 (order PO-4711), which is exactly 100.00"


def test_of_an_order_with_two_invoices_the_one_that_fits_is_meant():
    documents = [
        an_invoice("N-1", "100.00", order="PO-4711"),
        an_invoice("N-2", "40.00", day=2, order="PO-4711"),
    ]

    best = propose(eur("40.00"), documents, "PO-4711")[0]

    assert (uses(best), best.exact) == ([("N-2", "40.00")], True)
    assert best.explanation == (
        "The text names invoices N-1 and N-2 (order PO-4711); of these invoice N-2 is exactly 40.00"
    )


@pytest.mark.parametrize(
    ("paid", "used", "left", "explanation"),
    [
        ("60.00", "60.00", "0.00", "The text names invoice N-1, which is 100.00; 60.00 of it is paid"),
        ("120.00", "100.00", "20.00", "The text names invoice N-1, which is 100.00; 20.00 stays unallocated"),
    ],
)
def test_a_named_invoice_that_is_not_the_amount_is_for_a_person(paid, used, left, explanation):
    """[M27]: the rest stays unallocated, it is not spent on something else."""
    best = propose(eur(paid), [an_invoice("N-1", "100.00"), an_invoice("N-2", "70.00", day=2)], "N-1")[0]

    assert (uses(best), str(best.unallocated), best.exact) == ([("N-1", used)], left, False)
    assert best.explanation == explanation


def test_an_amount_that_fits_is_no_proof_when_the_text_names_another():
    documents = [an_invoice("N-1", "100.00"), an_invoice("N-2", "70.00", day=2)]

    proposals = propose(eur("70.00"), documents, "N-1")

    assert [(one.strategy, one.exact) for one in proposals] == [
        (Strategy.REFERENCE, False),
        (Strategy.SINGLE, False),
    ]
    assert proposals[1].explanation == "Invoice N-2 is exactly 70.00, but the text names invoice N-1"


def test_many_names_are_told_shortly():
    documents = [an_invoice(f"N-{number}", "10.00", day=number) for number in range(1, 10)]

    best = propose(eur("75.00"), documents)[-1]

    assert best.explanation == (
        "The oldest first: invoices N-1, N-2, N-3, N-4, N-5 and 2 more in full "
        "and 5.00 of the 10.00 of invoice N-8"
    )


@pytest.mark.parametrize(
    ("credit", "documents"),
    [
        (eur("0.00"), [an_invoice("N-1", "1.00")]),
        (eur("-1.00"), [an_invoice("N-1", "1.00")]),
        (eur("1.00"), []),
        (eur("1.00"), [an_invoice("N-1", "0.00")]),
        (Money.of("1.00", "USD"), [an_invoice("N-1", "1.00")]),
    ],
)
def test_without_money_or_open_documents_in_its_currency_nothing_is_proposed(credit, documents):
    """[M9, I14]"""
    assert propose(credit, documents) == ()


open_documents = st.lists(
    st.builds(
        lambda number, minor, day: OpenDocument(
            f"k{number}", f"N-{number:05}", date(2026, 1, day), None, Money(minor, "EUR"), f"PO-{number % 3}"
        ),
        number=st.integers(1, 60),
        minor=st.integers(1, 500),
        day=st.integers(1, 28),
    ),
    max_size=30,
    unique_by=lambda one: one.key,
)


@given(
    open_documents,
    st.integers(1, 2_000),
    st.sampled_from(["", "N-00003", "PO-1 and N 7", "N-1 N-2 N-3"]),
    st.randoms(),
)
def test_no_proposal_spends_more_than_there_is(documents, minor, hint, random):
    """[M27, I4, I5]"""
    credit = Money(minor, "EUR")

    proposals = propose(credit, documents, hint)

    for proposal in proposals:
        used = [use.amount for use in proposal.uses]
        assert Money.total(used, "EUR") + proposal.unallocated == credit
        assert proposal.unallocated.minor >= 0
        assert all(0 < use.amount.minor <= use.document.balance.minor for use in proposal.uses)
        assert len({use.document.key for use in proposal.uses}) == len(proposal.uses)
        assert not proposal.exact or (all(use.in_full for use in proposal.uses) and not proposal.unallocated)
    assert [one.rank for one in proposals] == list(range(1, len(proposals) + 1))
    assert sum(one.exact for one in proposals) <= 1
    random.shuffle(documents)
    assert propose(credit, documents, hint) == proposals
