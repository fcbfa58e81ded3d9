"""Questions drawn from a seed: each metric, split, narrowed, of a period or as of a day."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from tests.reports.oracle.by_hand import Question, figure
from tests.reports.oracle.office import FIRST
from tests.reports.oracle.tables import Tables

LEAST_OF_EACH = 3
ENOUGH, MANY = 25, 80
"""Rows of a question that proves something, and of a metric that is asked more often."""
AS_OF = tuple(FIRST + timedelta(days) for days in (260, 365, 430, 510, 560, 600, 640))
"""Days in the past as of which is asked, besides today."""
MANY = 100
"""Metrics of at least so many rows are asked for more often."""
NOT_OF_THE_OFFICE: frozenset[str] = frozenset()


def draw(
    tables: Tables,
    known: Mapping[str, Sequence[str]],
    standing: Mapping[str, bool],
    *,
    seed: int,
    count: int,
    today: date,
) -> list[Question]:
    """`count` questions; `known` maps each metric to what it is split by, `standing` says which have no period."""
    dice = random.Random(seed)
    metrics = sorted(known) * LEAST_OF_EACH
    busy = [name for name in sorted(known) if not standing[name] and _rows(tables, name, today) >= MANY]
    metrics += [dice.choice(busy) for _ in range(count - len(metrics))]
    questions = []
    for metric in metrics[:count]:
        names = [name for name in known[metric] if name not in NOT_OF_THE_OFFICE]
        as_of = today if dice.random() < 0.5 else dice.choice(AS_OF)
        by = tuple(dice.sample(names, dice.choice([0, 1, 1, 2])))
        start = end = None
        if not standing[metric] and dice.random() < 0.3:
            start = FIRST + timedelta(dice.randint(0, 300))
            end = start + timedelta(dice.randint(300, 500))
        question = Question(metric, by, (), start, end, as_of)
        if dice.random() < 0.3:
            question = _narrowed(tables, question, dice, names)
        questions.append(question)
    return questions


def _rows(tables: Tables, metric: str, today: date) -> int:
    return sum(rows for _, rows in figure(tables, Question(metric, as_of=today))[0].values())


def _rows_of(tables: Tables, metric: str, today: date) -> int:
    """How many rows a metric has in all."""
    return sum(count for _, count in figure(tables, Question(metric, as_of=today))[0].values())


def _narrowed(tables: Tables, question: Question, dice: random.Random, names: list[str]) -> Question:
    """The question for some keys of a dimension, the larger ones more often, until they have enough rows."""
    name = dice.choice(names)
    probe = Question(question.metric, (name,), (), question.start, question.end, question.as_of)
    rows: dict[str, int] = {}
    for (keys, _), (_, count) in figure(tables, probe)[1].items():
        rows[keys[0]] = rows.get(keys[0], 0) + count
    drawn: list[str] = []
    while rows and sum(rows[key] for key in drawn) < ENOUGH:
        left = sorted(rows.keys() - {*drawn})
        if not left:
            return question
        drawn += dice.choices(left, [rows[key] for key in left])
    where = tuple((name, key) for key in drawn)
    return Question(question.metric, question.by, where, question.start, question.end, question.as_of)
