# %% [markdown]
"""
# Your own question

Any figure of the pages with its filter, as a table, a picture and its rows: a place to go on from.

The question is the address of a page: what stands behind the question mark there stands in the first cell here.
"""

# %% tags=["parameters"]
question = "metric=collected&by=month"  # question: what stands behind the ? in a figure's address
url = None  # address: the company's database; empty is that of this environment

# %%
import reports
from reports.charts.picture import picture
from reports.gallery import draw, grid, rows, show, tell

book = reports.open(url)
answer = book.put(question)

# %% [markdown]
"""
## The figure
"""

# %%
tell("figure", answer)

# %% [markdown]
"""
## By what it was split

The marks of the answer; `answer.frame()` gives them as a pandas frame to go on with.
"""

# %%
if len(answer.query.by) == 2:
    grid(answer)
else:
    show(answer, first=60)

# %%
draw(answer.metric.label, picture(None, answer))

# %% [markdown]
"""
## The rows behind it

`book.rows(answer)` gives all of them as a pandas frame.
"""

# %%
rows(book, answer, "The latest rows", first=20)
