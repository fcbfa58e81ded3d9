# %% [markdown]
"""
# Cohorts and value

Who comes back, what they bring, and what the models dare to say about the next year.

A cohort is the month of a customer's first purchase. A model that the books do not carry says why, and no number.
"""

# %% tags=["parameters"]
as_of = None  # day: the day as of which everything is told; empty is today
start = None  # day: the first day of the period; empty is twelve months up to “as of”
end = None  # day: the first day after the period; empty is the day after “as of”
brand = None  # brand: one brand for the figures; the models read all of them
url = None  # address: the company's database; empty is that of this environment

# %%
import reports
from reports.charts.picture import picture
from reports.engine.fits import modelled
from reports.gallery import draw, grid, settle, show, show_model, tell

book = reports.open(url)
standing, period = settle(book, as_of=as_of, start=start, end=end, brand=brand)

# %% [markdown]
"""
## New, and back again

How many bought for the first time, how many of all bought again, and the share within a year of those who had a year.
"""

# %%
tell("new_customers", book.ask("new_customers", **period))
tell("repeat_rate", book.ask("repeat_rate", **standing))
tell("repeat_rate_mature", book.ask("repeat_rate_mature", **standing))
tell("concentration", book.ask("concentration", **period))

# %%
draw("New customers by month", picture("bars", book.ask("new_customers", by="month", **period)))

# %% [markdown]
"""
## Cohorts

Of the customers who began in a month, those who bought so many months later; of fewer than twenty they are counted, for
a percentage would say more than is known. Then the same in money.
"""

# %%
retention = book.ask("retention", by=["cohort", "months_since"], **period)
grid(retention, "Customers who came back, by cohort", shares_of_rows=True)

# %%
draw("Customers who came back, by cohort", picture("heatmap", retention))

# %%
cohorts = dict.fromkeys(mark.keys[0] for mark in retention.marks)
of_these = {**standing["where"], "cohort": list(cohorts)}
money = book.ask("retention_money", by=["cohort", "months_since"], where=of_these, as_of=standing["as_of"])
tell("cohort_money", money, "What the customers of these cohorts were invoiced so far.")
grid(money, "Invoiced by cohort and months since the first purchase")

# %% [markdown]
"""
## Recency and frequency

Customers by how recently and how often they bought, each in five classes; five is best.
"""

# %%
rfm = book.ask("rfm", by=["recency", "frequency"], **standing)
tell("customers", rfm)
grid(rfm, "Customers by recency and frequency")

# %% [markdown]
"""
## How often, and until when

The model of purchases and of leaving. It is checked on the last quarter of the history, which it had not seen.
"""

# %%
show_model(modelled(book.desk, "mbg_nbd", as_of=standing["as_of"]))

# %% [markdown]
"""
## How much each time

The model of what a purchase brings.
"""

# %%
show_model(modelled(book.desk, "gamma_gamma", as_of=standing["as_of"]))

# %% [markdown]
"""
## What customers brought

Invoiced in the period, by who was new in it and who returned.
"""

# %%
show(book.ask("invoiced", by="new_or_returning", **period), "Invoiced, new against returning")
