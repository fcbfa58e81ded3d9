"""The figures worked out a second way: by hand, from tables as CSV files, with nothing but `csv` and `Decimal` [L1].

Nothing in here imports `reports` or `admin_app.money`; only the test that compares both does.  How it goes:

1. `office.build(session)` makes a company with two years of everything (several brands and currencies, refunds, credit
   notes, back-dated uses, voids, deposits, retainage, write-offs).  It is made once on SQLite and copied to PostgreSQL.
2. `tables.dump(connection, folder)` writes every table to `<table>.csv`; `tables.Tables(folder)` reads them:
   `tables["invoice"]` is a list of dicts (whole numbers, days, words; empty is None), `tables.by_id("invoice")[17]`.
3. A metric is ONE function here, in `by_hand_money.py`, `by_hand_sales.py`, ... under its name::

       @by_hand("collected")
       def collected(tables: Tables, as_of: date) -> list[Fact]:
           return [Fact(day=..., customer=..., amount=..., currency=..., brand=...), ...]

   It returns signed rows that counted at the end of `as_of`.  `Fact` has a field a dimension that is not found through
   customer or day; give what the metric is split by.  A figure that is not the sum of its rows says how it comes
   about: `@by_hand("average_invoice", value=mean_of)` gets the amounts of a mark; for one that needs the rows
   themselves, `@by_hand("days_late_median", value_of_facts=...)`; a ratio returns two lists, `@divided("dso",
   factor=90, window=90)`.
4. `questions.py` draws (metric, by, filter, period or as-of) from a seed and `test_by_hand.py` compares the figure and
   every mark.  A metric takes part as soon as it has a function here: import the module in `by_hand.MODULES`.
   Records that a metric of yours needs and the office lacks go into `office.py` as one more `grow_...(session)`.
"""
