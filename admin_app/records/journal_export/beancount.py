"""The books as beancount text (syntax of versions 2 and 3): options, commodities, accounts, transactions.

Documents are links (`^invoice-2026-7`), so that what belongs together is found together; the customer of each posting
is metadata, because beancount knows no customers.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.text import fold
from admin_app.money import accounts
from admin_app.records.journal_export.accounts import AccountMapping, Root, family_of
from admin_app.records.journal_export.entries import BookEntry, Entries, JournalFile, Survey, survey

_PART = 500
_NOT_IN_A_LINK = re.compile(r"[^A-Za-z0-9/._-]+")
_LONGEST_TEXT = 500


def beancount_text(read: Entries, mapping: AccountMapping, *, title: str) -> JournalFile:
    """The file, UTF-8; raises what `survey` raises, and Invalid for accounts of which the kind is not known."""
    found = survey(read, mapping)
    names = account_names({*mapping, *found.opened_on}, mapping, needed=set(found.opened_on))
    parts = _parts(read(), found, names, mapping, title)
    return JournalFile("journal.beancount", "text/plain; charset=utf-8", parts, found.entries, found.postings)


def account_names(
    ours: Iterable[str], mapping: AccountMapping, *, needed: set[str] | None = None
) -> dict[str, str]:
    """Our account → its valid name in beancount, each its own: "tax:VAT 20" → "Liabilities:Tax:VAT-20".

    A mapped name that is a name of beancount's already ("Assets:Bank:Checking") is taken as it is, also for several of
    ours.  Raises Invalid for accounts of `needed` (all, if not told) whose kind neither their name nor a rule tells.
    """
    names: dict[str, str] = {}
    unknown: list[str] = []
    given = {
        account: theirs.name.strip()
        for account, theirs in mapping.items()
        if is_account_name(theirs.name.strip())
    }
    taken = set(given.values())
    for account in sorted(ours):
        family = family_of(account)
        if account in given:
            names[account] = given[account]
        elif family is None:
            unknown.append(account)
        else:
            names[account] = _unused(f"{family.root}:{_path(account)}", taken)
            taken.add(names[account])
    refused = [account for account in unknown if needed is None or account in needed]
    if refused:
        sentence = "Write its name as beancount does, such as Expenses:Interest"
        listed = ", ".join(f"“{account}”" for account in refused)
        raise Invalid(
            f"Nothing tells under which kind of account these go: {listed}", dict.fromkeys(refused, sentence)
        )
    return names


def is_account_name(name: str) -> bool:
    """Whether this is the name of an account as beancount takes it: a root and at least one component."""
    root, *components = name.split(":")
    return (
        root in list(Root)
        and bool(components)
        and all(part and part == component(part) for part in components)
    )


def _path(account: str) -> str:
    """Where an account stands below its root: taxes and ways of paying have a level of their own."""
    for prefix, level in ((accounts.TAX, "Tax"), (accounts.CASH, "Cash")):
        if account.startswith(prefix):
            return f"{level}:{component(account.removeprefix(prefix))}"
    return component(account)


def component(text: str) -> str:
    """One component of a name: letters, digits and dashes of any script, a capital or a digit first."""
    kept = "".join(c if _may_stand(c) else " " for c in unicodedata.normalize("NFC", text))
    words = [word for word in re.split(r"[\s-]+", kept) if word]
    capitalised = "-".join(_capital(word) for word in words)[:120].rstrip("-")
    if not capitalised:
        return "Unnamed"
    # Scripts without capitals need one before them.
    return capitalised if unicodedata.category(capitalised[0]) in ("Lu", "Nd") else f"X-{capitalised}"


def _may_stand(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd") or character == "-"


def _capital(word: str) -> str:
    """The word with a capital first, where that is one letter: "ß" has none of its own."""
    first = word[0].upper()
    return (first if len(first) == 1 and _may_stand(first) else word[0]) + word[1:]


def _unused(name: str, taken: set[str]) -> str:
    number, unused = 2, name
    while unused in taken:
        unused = f"{name}-{number}"
        number += 1
    return unused


def _parts(
    entries: Iterable[BookEntry],
    found: Survey,
    names: Mapping[str, str],
    mapping: AccountMapping,
    title: str,
) -> Iterator[bytes]:
    yield _head(found, names, mapping, title).encode()
    written: list[str] = []
    for entry in entries:
        written.append(_transaction(entry, names))
        if len(written) >= _PART:
            yield "".join(written).encode()
            written = []
    yield "".join(written).encode()


def _head(found: Survey, names: Mapping[str, str], mapping: AccountMapping, title: str) -> str:
    """Options, a commodity for each currency, and the accounts on the first day of their use."""
    lines = [f'option "title" {_text(title)}']
    lines += (f'option "operating_currency" "{currency}"' for currency in sorted(found.currencies))
    lines.append("")
    lines += (f"{found.first_on} commodity {currency}" for currency in sorted(found.currencies))
    lines.append("")
    used: dict[str, list[str]] = {}
    for account in sorted(found.opened_on):
        used.setdefault(names[account], []).append(account)
    for name, ours in sorted(used.items()):
        lines.append(f"{min(found.opened_on[account] for account in ours)} open {name}")
        lines.append(f"  account: {_text(', '.join(ours))}")
        lines.append(f"  code: {_text(mapping[ours[0]].code)}")
        lines.append(f"  name: {_text(mapping[ours[0]].name)}")
    return "\n".join(lines) + "\n"


def _transaction(entry: BookEntry, names: Mapping[str, str]) -> str:
    narration = f"{entry.kind} {entry.document_number}".strip()
    documents = dict.fromkeys(((entry.document, entry.document_number), *entry.concerns))
    links = "".join(f" ^{link(*document)}" for document in documents if document[1].strip())
    lines = [
        "",
        f"{entry.effective_on} * {_text(entry.counterparty)} {_text(narration)}{links}",
        f'  entry: "{entry.id}"',
        f"  document: {_text(entry.document)}",
        f"  number: {_text(entry.document_number)}",
    ]
    if entry.due_on is not None:
        lines.append(f"  due: {entry.due_on}")
    for posting in entry.postings:
        amount = Money(posting.amount, posting.currency).decimal
        lines.append(f"  {names[posting.account]}  {amount:f} {posting.currency}")
        lines.append(f"    customer: {_text(posting.customer)}")
        if posting.customer_number:
            lines.append(f"    customer-number: {_text(posting.customer_number)}")
    return "\n".join(lines) + "\n"


def link(document: str, number: str) -> str:
    """The link of a document; a number that a link cannot carry gets a mark that keeps it apart from its likes."""
    told = f"{document}-{number}"
    clean = _NOT_IN_A_LINK.sub("-", told if told.isascii() else fold(told)).strip("-")[:100]
    if clean == told:
        return clean
    return f"{clean}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def _text(text: str) -> str:
    """A text in quotes: one line, no control characters, its quotes and backslashes escaped."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    escaped = " ".join(plain.split())[:_LONGEST_TEXT].replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
