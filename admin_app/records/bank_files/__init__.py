"""What banks send, read into lines that can be matched with invoices [92, L8]: camt.053 and CSV.

Pure readers: they take a file on disk and give `Statement` after `Statement`, never more than a part of a long one in
memory; services store what they give.  A door asks `kinds.kind_of` first.  One call::

    if kind_of(path) is BankFileKind.CAMT053:
        for statement in read_camt053(path): ...
"""
