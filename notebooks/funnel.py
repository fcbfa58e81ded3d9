# %% [markdown]
"""
# Funnel

From the first call to the signed estimate: where leads come from, where they stand, what is won and how sure that is.

Leads that are still open are neither won nor lost. The shares below count them as waiting, so that a young month looks
no worse than an old one.
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
from reports.engine.fits import modelled
from reports.gallery import draw, settle, show, show_model, tell

book = reports.open(url)
standing, period = settle(book, as_of=as_of, start=start, end=end, brand=brand)

# %% [markdown]
"""
## Who asked

Leads by where they came from, on the day they asked.
"""

# %%
tell("leads", book.ask("leads", **period))
show(book.ask("leads", by="source", **period), "Leads by source")

# %% [markdown]
"""
## Where they stand

The same leads by what became of them.
"""

# %%
conversion = book.ask("conversion", by="state", **period)
show(conversion, "Leads by where they stand")

# %%
draw("Leads by where they stand", picture("bars", conversion))

# %% [markdown]
"""
## What becomes of a lead

The share that is won within 90 days, with open leads counted as waiting and lost ones as lost.
"""

# %%
tell("lead_conversion", book.ask("lead_conversion", **period))
show_model(modelled(book.desk, "aalen_johansen", as_of=standing["as_of"]))

# %% [markdown]
"""
## Who wins

Estimates by who had them when they were sent. A range that is wide says that there are few; two ranges that overlap say
that nobody is known to be better.
"""

# %%
tell("win_rate", book.ask("win_rate", **period))
by_estimator = book.ask("win_rate", by="estimator", **period)
show(by_estimator, "Win rate by estimator")

# %%
draw("Win rate by estimator", picture("dots", by_estimator))

# %% [markdown]
"""
## How long each step takes

Days in each state, of those that left it.
"""

# %%
show(book.ask("time_in_state", by="state", **period), "Days in each state")

# %% [markdown]
"""
## What it came to

Booked by month, the average of a signed estimate, and what was signed and is not invoiced yet.
"""

# %%
tell("booked", book.ask("booked", **period))
tell("average_ticket", book.ask("average_ticket", **period))
tell("backlog", book.ask("backlog", **standing))

# %%
draw("Booked by month", picture("bars", book.ask("booked", by="month", **period)))
