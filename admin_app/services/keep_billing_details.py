"""A saved way to charge a customer: the payment provider's token and four digits, never a card number [A20].

A card number must not enter the product (security.md, promise 9), so every field is looked at: what holds one is
refused, and the refusal does not repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text, parse_integer
from admin_app.models import CustomerGroup, PaymentMethod
from admin_app.policy import Permission, demand, visible

CARD_NUMBER = "This looks like a card number, which is never kept here. Enter the provider's token instead"
_DIGIT_RUN = re.compile(r"\d(?:[ \-./]?\d){11,18}")
_TOKEN = re.compile(r"[A-Za-z0-9_\-]{6,200}")
_LAST_CENTURY_END, _FAR_YEARS = 2000, 30


def looks_like_card_number(text: str) -> bool:
    """Whether `text` holds 12 to 19 digits that pass the check digit of card numbers (ISO/IEC 7812)."""
    return any(_passes_check_digit(re.sub(r"\D", "", run)) for run in _DIGIT_RUN.findall(text))


def _passes_check_digit(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(number)) > 1


def keep_billing_details(
    session: Session, group: CustomerGroup, typed: Mapping[str, str], actor: Actor, clock: Clock
) -> PaymentMethod:
    """Keep the provider's token with what a person may see of the card.

    `typed`: provider, token, brand, last4, expires ("04/28").  Raises Invalid naming each field, above all for
    anything that looks like a card number.
    """
    demand(actor, Permission.MONEY_WRITE)
    values, wrong = _read(typed, clock.today())
    if wrong:
        raise Invalid("Not saved yet", wrong)
    methods = list(session.scalars(select(PaymentMethod).where(PaymentMethod.group_id == group.id)))
    kept = PaymentMethod(group_id=group.id, is_default=not methods, **values)
    session.add(kept)
    session.flush()  # its number names it on the page
    return kept


def remove_billing_details(session: Session, group: CustomerGroup, method_id: int, actor: Actor) -> None:
    """Forget a saved way to charge; raises NotFound for another customer's."""
    demand(actor, Permission.MONEY_WRITE)
    wanted = select(PaymentMethod).where(PaymentMethod.id == method_id, PaymentMethod.group_id == group.id)
    method = session.scalar(visible(actor, wanted))
    if method is None:
        raise NotFound("These billing details are no longer here")
    session.delete(method)
    session.flush()  # a refusal of the database belongs to this act


def _read(typed: Mapping[str, str], today: date) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed as values, and what is wrong with it by field."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for key, longest in (("provider", 40), ("token", 200), ("brand", 40), ("last4", 24), ("expires", 24)):
        raw = typed.get(key) or ""
        if looks_like_card_number(raw):
            wrong[key] = CARD_NUMBER
            continue
        try:
            values[key] = clean_text(raw, longest)
        except Invalid as refusal:
            wrong[key] = refusal.sentence
    _check_token(values, wrong)
    _check_last4(values, wrong)
    _check_expiry(values, wrong, today)
    values["provider"] = values.get("provider") or "stripe"
    values["brand"] = values.get("brand") or None
    return values, wrong


def _check_token(values: dict[str, Any], wrong: dict[str, str]) -> None:
    token = values.get("token")
    if token is None:
        return
    sentence = None
    if not token:
        sentence = "The provider's token is needed; without it nothing can be charged"
    elif token.isdigit():
        sentence = CARD_NUMBER if len(token) > 11 else "A token has letters in it, such as pm_1abc"
    elif not _TOKEN.fullmatch(token):
        sentence = "A token has letters, digits, _ and - only, at least six of them"
    if sentence:
        wrong.update(token=sentence)


def _check_last4(values: dict[str, Any], wrong: dict[str, str]) -> None:
    last4 = values.get("last4")
    if not last4:
        values["last4"] = None
    elif not (len(last4) == 4 and last4.isascii() and last4.isdigit()):
        wrong["last4"] = "Only the last four digits are kept"


def _check_expiry(values: dict[str, Any], wrong: dict[str, str], today: date) -> None:
    """ "04/28" or "04/2028"; a card is good until the end of its month."""
    expires = values.pop("expires", "")
    if not expires:
        return
    month_text, _, year_text = expires.replace("-", "/").partition("/")
    try:
        month, year = parse_integer(month_text, 1, 12), parse_integer(year_text, 0, 9999)
    except Invalid:
        wrong["expires"] = "Write month and year, such as 04/28"
        return
    year += _LAST_CENTURY_END if year < 100 else 0
    if (year, month) < (today.year, today.month):
        wrong["expires"] = "This card has expired"
    elif year > today.year + _FAR_YEARS:
        wrong["expires"] = "This year is too far away"
    values["expires_month"], values["expires_year"] = month, year
