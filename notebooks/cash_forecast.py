# %% [markdown]
"""
# Cash forecast

What the open invoices bring in the coming weeks, and how far such a forecast was off in the past.

Each open invoice has a chance of being paid in each week, learned from how long that customer and customers like it
took. The weeks are the sums of many draws of these chances.
"""

# %% tags=["parameters"]
as_of = None  # day: the day after which the weeks begin; empty is today
weeks = 4  # number: how many weeks, 1 to 52
url = None  # address: the company's database; empty is that of this environment

# %%
import reports
from reports.charts.picture import forecast_picture
from reports.engine.fits import modelled
from reports.engine.forecast import forecast
from reports.gallery import draw, rows, settle, show_forecast, show_model, tell

book = reports.open(url)
standing, period = settle(book, as_of=as_of)

# %% [markdown]
"""
## What is open

The forecast is made of the rows of this figure.
"""

# %%
receivable = book.ask("receivable", **standing)
tell("receivable", receivable)
tell("overdue", book.ask("overdue", **standing))

# %% [markdown]
"""
## What is expected

The middle, and the two amounts between which it lies eight times in ten.
"""

# %%
expected = forecast(book.desk, as_of=standing["as_of"], weeks=weeks)
show_forecast(expected)

# %%
draw("Cash week by week", forecast_picture(expected))

# %% [markdown]
"""
## How long bills take

The share of bills that is still open so many days after they were issued; open ones count as waiting, not as unpaid.
"""

# %%
show_model(modelled(book.desk, "kaplan_meier", as_of=standing["as_of"]))

# %% [markdown]
"""
## What came in

The latest money, for comparison.
"""

# %%
collected = book.ask("collected", **period)
tell("collected", collected)
rows(book, collected, "The latest money that came in")
