"""What money does here: the calculator (lines → totals), the ledger (journal, balances) and its proof.

Services, pages and commands may knock; this room knows the records and the values below it, no request.
One call::

    totals = calculate(draft)   # totals.total is the root of totals.derivation
"""
