"""One lying bar for each key, stacked by a second split: what each customer owes, by how old it is [131]."""

from __future__ import annotations

from collections.abc import Sequence

from reports.charts.bars import short
from reports.charts.palette import colour_of_key
from reports.charts.plot import Plot, keys_of, layout, title_of
from reports.charts.series import series_of_two
from reports.engine import Answer

MOST_STACKS = 20
"""So many bars are drawn; the table has the others."""


def stacked(
    answers: Sequence[Answer], words: Sequence[str], order: Sequence[str] = (), most: int = MOST_STACKS
) -> Plot | None:
    """The marks of two splits; `order` lists keys of the first as they are to be read, else the largest first.

    What is negative (credit, unallocated money) stands left of zero.
    """
    answer = answers[0]
    if not answer.marks:
        return None
    given = series_of_two(answer)
    place = {key: number for number, key in enumerate(order)}
    total: dict[str, float] = {}
    for one in given:
        for point in one.points:
            total[point.key] = total.get(point.key, 0) + (point.y or 0)
    keys = sorted(total, key=lambda key: (place.get(key, len(place)), -total[key]))[:most]
    labels = {point.key: point.label for point in given[0].points}
    colours = [colour_of_key(one.key, number) for number, one in enumerate(given)]
    data = []
    for one, colour in zip(given, colours, strict=True):
        at = {point.key: point for point in one.points}
        shown = [at[key] for key in keys]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": short(one.word),
                "y": [point.key for point in shown],
                "x": [point.y for point in shown],
                "customdata": [point.carried for point in shown],
                "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra>%{fullData.name}</extra>",
                "marker": {"color": colour, "line": {"color": "@surface", "width": 1}},
            }
        )
    return {
        "data": data,
        "keys": keys_of([one.word for one in given], colours),
        "layout": layout(
            max(120, 56 + 26 * len(keys)),
            barmode="relative",
            xaxis={"title": {"text": title_of(answer)}, "zeroline": True},
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "showgrid": False,
                "tickvals": list(keys),
                "ticktext": [short(labels[key]) for key in keys],
            },
        ),
    }
