"""Who buys what and when: the demo's story as plain values, drawn once from a fixed seed, before any record exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from admin_app.models import GroupKind, PaymentWay
from seeds.demo.words import ACCESS, BRANDS, FAMILIES, FIRST_NAMES, STREETS, TEAMS, TOWNS, TRADES, BrandStory

SEED = 20_260_301
GROUPS = 300
DAYS = 4 * 365
"""How far the story reaches back."""
QUIET_DAYS = 3
"""Nothing is booked in the last days, so that the first page is not about the future."""


@dataclass(frozen=True)
class PlannedLine:
    """One line of a bill: words, units, unit price in cents."""

    words: str
    quantity: int
    cents: int


@dataclass(frozen=True)
class PlannedPayment:
    """Money that comes `days` after the bill: `share` of its total in percent; over 100 is an over-payment."""

    days: int
    share: int
    way: PaymentWay


@dataclass(frozen=True)
class PlannedBill:
    """A bill with what is paid on it."""

    day: date
    lines: tuple[PlannedLine, ...]
    payments: tuple[PlannedPayment, ...]


@dataclass(frozen=True)
class PlannedPerson:
    """A contact of a group."""

    first: str
    last: str
    email: str | None
    phone: str


@dataclass(frozen=True)
class PlannedGroup:
    """A customer and all that ever happens with it."""

    number: int
    name: str
    kind: GroupKind
    brand: BrandStory
    since: date
    people: tuple[PlannedPerson, ...]
    street: str
    town: tuple[str, str, float, float]
    access: tuple[str, str] | None
    rating: int
    bills: tuple[PlannedBill, ...] = field(default=())


def plan(today: date) -> list[PlannedGroup]:
    """The whole story as seen from `today`, oldest customer first."""
    dice = Random(SEED)  # noqa: S311  (a story, no secret)
    born = sorted(int(DAYS * dice.random() ** 0.8) for _ in range(GROUPS))
    return [
        _group(dice, number, today - timedelta(days=DAYS - age), today)
        for number, age in enumerate(born, start=1)
    ]


def _group(dice: Random, number: int, since: date, today: date) -> PlannedGroup:
    brand = dice.choices(BRANDS, weights=[story.share for story in BRANDS])[0]
    kind = dice.choices(list(GroupKind), weights=[70, 24, 6])[0]
    family = dice.choice(FAMILIES)
    town = dice.choice(TOWNS)
    return PlannedGroup(
        number=number,
        name=_name(dice, kind, family),
        kind=kind,
        brand=brand,
        since=since,
        people=_people(dice, number, family, kind),
        street=f"{dice.randint(1, 180)} {dice.choice(STREETS)}",
        town=(town[0], town[1], town[2] + dice.uniform(-0.03, 0.03), town[3] + dice.uniform(-0.04, 0.04)),
        access=dice.choice(ACCESS) if dice.random() < 0.3 else None,
        rating=dice.choice((0, 0, 3, 4, 5)),
        bills=tuple(_bills(dice, brand, kind, since, today)),
    )


def _name(dice: Random, kind: GroupKind, family: str) -> str:
    if kind is GroupKind.BUSINESS:
        return f"{family} {dice.choice(TRADES)} Ltd"
    return f"{family} {dice.choice(TEAMS)}" if kind is GroupKind.TEAM else f"{family} household"


def _people(dice: Random, number: int, family: str, kind: GroupKind) -> tuple[PlannedPerson, ...]:
    count = dice.choices((1, 2, 3), weights=(60, 32, 8))[0]
    people = []
    for place in range(count):
        last = family if kind is GroupKind.HOUSEHOLD or place == 0 else dice.choice(FAMILIES)
        email = f"customer{number}.{place + 1}@demo.example" if dice.random() < 0.92 else None
        phone = f"+44 7700 9{number:03d}{place}{dice.randint(0, 9)}"
        people.append(PlannedPerson(dice.choice(FIRST_NAMES), last, email, phone))
    return tuple(people)


def _bills(dice: Random, brand: BrandStory, kind: GroupKind, since: date, today: date) -> list[PlannedBill]:
    """Jobs come again after their time, give or take a third, until the customer moves on."""
    bills: list[PlannedBill] = []
    day = since + timedelta(days=dice.randint(5, 40))
    last = today - timedelta(days=QUIET_DAYS)
    pace = 0.55 if kind is GroupKind.BUSINESS else 1.0
    while day <= last:
        jobs = dice.sample(brand.jobs, k=dice.choices((1, 2, 3), weights=(60, 30, 10))[0])
        lines = tuple(PlannedLine(job.words, dice.randint(1, job.most), job.cents) for job in jobs)
        bills.append(PlannedBill(day, lines, _payments(dice)))
        if dice.random() < 0.12:
            break
        day += timedelta(days=int(jobs[0].again_after * pace * dice.uniform(0.66, 1.33)))
    return bills


def _payments(dice: Random) -> tuple[PlannedPayment, ...]:
    """Most pay in one go within weeks, some in parts, a few not at all."""
    way = dice.choices(list(PaymentWay), weights=(30, 45, 8, 10, 6, 1))[0]
    lag = min(120, int(dice.expovariate(1 / 16)))
    draw = dice.random()
    if draw < 0.80:
        return (PlannedPayment(lag, 100, way),)
    if draw < 0.90:
        return (PlannedPayment(lag, 40, way), PlannedPayment(lag + 25, 60, way))
    if draw < 0.94:
        return (PlannedPayment(lag, 50, way),)
    return ()
