# %% [markdown]
"""
# Receivables

Who owes what, for how long, and how quickly money comes in: the story of a collections morning.

All figures stand at the end of one day and tie to the ledger on that day, however far back it lies.
"""

# %% tags=["parameters"]
as_of = None  # day: the day as of which everything is told; empty is today
brand = None  # brand: one brand; empty is all of them
url = None  # address: the company's database; empty is that of this environment

# %%
import reports
from reports.charts.picture import picture
from reports.gallery import draw, grid, rows, settle, show, tell

book = reports.open(url)
standing, period = settle(book, as_of=as_of, brand=brand)

# %% [markdown]
"""
## What is owed

The open balances of issued invoices, the part of them that is past its due date, and money of clients that is not yet
set against an invoice.
"""

# %%
receivable = book.ask("receivable", **standing)
tell("receivable", receivable)

overdue = book.ask("overdue", **standing)
tell("overdue", overdue)

tell("unallocated", book.ask("unallocated", **standing))

# %% [markdown]
"""
## How old it is

By days past the due date. Credits and money without an invoice are negative here, so that all buckets together are
what clients owe on balance.
"""

# %%
ageing = book.ask("ageing", by="bucket", **standing)
tell("balance", ageing, "All buckets together: what clients owe on balance.")
show(ageing, "Ageing by days past due")

# %%
draw("Ageing by days past due", picture("bars", ageing))

# %% [markdown]
"""
## Whom to call

The customers with the most overdue money, and what they owe by age.
"""

# %%
by_customer = book.ask("overdue", by="customer", **standing)
show(by_customer, "Overdue by customer", first=15)

# %%
grid(book.ask("overdue", by=["customer", "bucket"], **standing), "Overdue by customer and age")

# %% [markdown]
"""
## The invoices themselves

The latest of the overdue rows; the number and sum of all of them stand beneath.
"""

# %%
rows(book, overdue, "Overdue invoices", first=15)

# %% [markdown]
"""
## How quickly money comes in

Days sales outstanding by the invoices of the last 90 days and by counting back, the share of what could be collected
that was, and by how many days payments come after the due date; early ones count below zero.
"""

# %%
tell("dso", book.ask("dso", **standing))
tell("dso_count_back", book.ask("dso_count_back", **standing))
tell("collection_effectiveness", book.ask("cei", **standing))

days_late = book.ask("days_late", **period)
tell("days_late", days_late)
show(book.ask("days_late", by="month", **period), "Days late by month")
