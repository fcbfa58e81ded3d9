"""Bars from zero: by time upright and side by side, by anything else lying, the longest on top [128]."""

from __future__ import annotations

from collections.abc import Sequence

from reports.charts.palette import colour_of_metric
from reports.charts.plot import HOVER, Plot, carried, keys_of, layout, placed, title_of
from reports.charts.words import empty_text, is_time, label_of, labels_of, lined_up, partial
from reports.engine import Answer

MOST_BARS = 25
"""So many lying bars are drawn; the table has them all."""
HATCHED = "/"


def bars(answers: Sequence[Answer], words: Sequence[str], most: int = MOST_BARS) -> Plot | None:
    """Bars of one split: times stand upright, everything else lies."""
    if not any(one.marks for one in answers):
        return None
    first = answers[0].query.by[0] if answers[0].query.by else "currency"
    return upright(answers, words) if is_time(first) else lying(answers, words, most)


def upright(answers: Sequence[Answer], words: Sequence[str]) -> Plot:
    """A group of bars for each time, never stacked; a time that has not ended is hatched."""
    keys = lined_up(answers)
    name = answers[0].query.by[0]
    colours = [colour_of_metric(one.metric.name, place) for place, one in enumerate(answers)]
    ticks = [label_of(name, key[0], key[0], answers[0].locale) for key in keys]
    data = []
    for place, (one, word, colour) in enumerate(zip(answers, words, colours, strict=True)):
        found = [one.mark(*key) for key in keys]
        data.append(
            {
                "type": "bar",
                "name": word,
                "x": ticks,
                "y": [placed(one, mark) for mark in found],
                "customdata": [carried(place, one, mark, empty_text(one)) for mark in found],
                "hovertemplate": f"%{{x}}<br>{HOVER}",
                "marker": {
                    "color": colour,
                    "line": {"color": colour, "width": 1},
                    "pattern": {
                        "shape": [HATCHED if partial(one, name, key[0]) else "" for key in keys],
                        "fgcolor": colour,
                        "bgcolor": "@surface",
                        "size": 6,
                    },
                },
            }
        )
    return {
        "data": data,
        "keys": keys_of(words, colours),
        "hatched": any(partial(answers[0], name, key[0]) for key in keys),
        "layout": layout(
            280,
            barmode="group",
            xaxis={"type": "category", "showgrid": False, "nticks": 14},
            yaxis={"title": {"text": title_of(answers[0])}, "rangemode": "tozero"},
        ),
    }


def lying(answers: Sequence[Answer], words: Sequence[str], most: int = MOST_BARS) -> Plot:
    """A bar for each key with its value written at its end, in the order of the answer."""
    keys = lined_up(answers)[:most]
    colours = [colour_of_metric(one.metric.name, place) for place, one in enumerate(answers)]
    labels = {mark.keys[0]: labels_of(one, mark)[0] for one in answers for mark in one.marks}
    data = []
    for place, (one, word, colour) in enumerate(zip(answers, words, colours, strict=True)):
        found = [one.mark(*key) for key in keys]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": word,
                "y": [key[0] for key in keys],
                "x": [placed(one, mark) for mark in found],
                "text": [mark.text if mark else "" for mark in found],
                "textposition": "outside",
                "cliponaxis": False,
                "customdata": [carried(place, one, mark, empty_text(one)) for mark in found],
                "hovertemplate": HOVER,
                "marker": {"color": colour},
            }
        )
    return {
        "data": data,
        "keys": keys_of(words, colours),
        "layout": layout(
            max(120, 56 + 28 * len(keys) * len(answers)),
            barmode="group",
            xaxis={"title": {"text": title_of(answers[0])}, "rangemode": "tozero"},
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "showgrid": False,
                "tickvals": [key[0] for key in keys],
                "ticktext": [labels[key[0]] for key in keys],
            },
        ),
    }
