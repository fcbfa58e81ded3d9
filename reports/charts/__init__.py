"""Answers as plotly JSON: one module a chart, one palette, no web [128].

`plotted(kind, answers, words)` is the one entrance; colours are tokens ("@blue") which the page paints by its theme.
"""

from reports.charts.kinds import KINDS, kind_of, plotted

__all__ = ["KINDS", "kind_of", "plotted"]
