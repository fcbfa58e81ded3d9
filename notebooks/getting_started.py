# %% [markdown]
"""
# Getting started

What came in, what was billed and who owes it: the first questions, and how a question is asked.

Everything below is a question to the same figures that the pages show. A figure is the sum of rows; the rows are
never far away.
"""

# %% tags=["parameters"]
as_of = None  # day: the day as of which everything is told; empty is today
start = None  # day: the first day of the period; empty is twelve months up to “as of”
end = None  # day: the first day after the period; empty is the day after “as of”
brand = None  # brand: one brand; empty is all of them
url = None  # address: the company's database; empty is that of this environment

# %%
import reports
from reports.charts.picture import picture
from reports.gallery import draw, frame, grid, rows, settle, show, tell

book = reports.open(url)
standing, period = settle(book, as_of=as_of, start=start, end=end, brand=brand)

# %% [markdown]
"""
## One figure

`book.ask` takes the name of a metric and gives an answer. Its `text` is what every page, mail and file prints.
"""

# %%
collected = book.ask("collected", **period)
tell("collected", collected)

invoiced = book.ask("invoiced", **period)
tell("invoiced", invoiced)

# %% [markdown]
"""
## Split by one dimension

The marks of an answer are its parts. They add up to the figure, so that the table has a sum at its foot.
"""

# %%
by_month = book.ask("collected", by="month", **period)
show(by_month, "Collected by month")

# %%
draw("Collected by month", picture("bars", by_month))

# %% [markdown]
"""
## Split by two

Two dimensions at once make a grid: here months by the way in which was paid.
"""

# %%
grid(book.ask("collected", by=["month", "method"], **period), "Collected by month and method")

# %% [markdown]
"""
## The rows behind it

Nothing is taken on trust: these are the latest rows of the figure above, with the number and sum of all of them.
"""

# %%
rows(book, collected, "The latest money that came in")

# %% [markdown]
"""
## What there is to ask

The glossary lists every metric with its sentence, its date basis and what it can be split by.
"""

# %%
frame("The glossary", book.glossary())
