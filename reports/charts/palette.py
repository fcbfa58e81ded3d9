"""The colours of the charts: told apart by colour-blind readers, the same thing always in the same colour.

A plot carries tokens ("@blue"); the page paints them from its style sheet by the theme, `painted` does it for a
picture or a notebook.
"""

from __future__ import annotations

from typing import Any

SERIES = ("@blue", "@orange", "@teal", "@purple", "@grey")
"""In this order where nothing has a colour of its own; more than five are told apart by place and not by colour."""

LIGHT = {
    "@blue": "#1f6fb4",
    "@orange": "#c8640a",
    "@teal": "#0b7f7a",
    "@purple": "#7b4fa3",
    "@grey": "#66717e",
    "@red": "#b3261e",
    "@age0": "#0b7f7a",
    "@age1": "#b98a00",
    "@age2": "#c8640a",
    "@age3": "#b8431a",
    "@age4": "#8f1d16",
    "@band": "rgba(31,111,180,0.18)",
    "@ink": "#1c252e",
    "@muted": "#55606d",
    "@line": "#dde1e6",
    "@surface": "#ffffff",
    "@low": "#eef4fa",
    "@high": "#12518a",
}
DARK = {
    "@blue": "#6fb1ea",
    "@orange": "#f2a45c",
    "@teal": "#4cc3bd",
    "@purple": "#b792dd",
    "@grey": "#9aa6b2",
    "@red": "#ff8a80",
    "@age0": "#4cc3bd",
    "@age1": "#e8c547",
    "@age2": "#f2a45c",
    "@age3": "#f0834f",
    "@age4": "#ff8a80",
    "@band": "rgba(111,177,234,0.22)",
    "@ink": "#e6eaee",
    "@muted": "#a3aeba",
    "@line": "#303942",
    "@surface": "#1a2026",
    "@low": "#1f2b37",
    "@high": "#8cc4f5",
}

METRIC_COLOURS = {
    "invoiced": "@blue",
    "collected": "@orange",
    "booked": "@teal",
    "won": "@teal",
    "leads": "@grey",
    "receivable": "@blue",
    "overdue": "@red",
    "unallocated": "@purple",
    "mrr": "@teal",
}
"""Figures that keep their colour on every page."""

KEY_COLOURS = {
    "current": "@age0",
    "1-30": "@age1",
    "31-60": "@age2",
    "61-90": "@age3",
    "91+": "@age4",
    "credit": "@purple",
    "unallocated": "@grey",
    "new": "@blue",
    "returning": "@teal",
    "reactivation": "@teal",
    "expansion": "@teal",
    "contraction": "@orange",
    "churn": "@red",
}
"""Keys of a split that keep their colour on every page."""


def colour_of_metric(name: str, place: int) -> str:
    """The colour of a figure among others: its own, else by its place."""
    return METRIC_COLOURS.get(name, SERIES[place % len(SERIES)])


def colour_of_key(key: str, place: int) -> str:
    """The colour of one key of a split: its own, else by its place."""
    return KEY_COLOURS.get(key, SERIES[place % len(SERIES)])


def painted(plot: Any, theme: str = "light") -> Any:
    """The plot with colours in place of tokens."""
    colours = DARK if theme == "dark" else LIGHT
    if isinstance(plot, dict):
        return {name: painted(value, theme) for name, value in plot.items()}
    if isinstance(plot, list | tuple):
        return [painted(value, theme) for value in plot]
    return colours.get(plot, plot) if isinstance(plot, str) else plot
