"""The books for other programs: generic CSV, beancount text and a DATEV batch, streamed (issue 3, "Month close").

Pure writers: a service hands them the entries to export and the office's mapping of accounts; nothing is written before
every account is mapped and every entry balances.  One call::

    file = journal_file(JournalFormat.BEANCOUNT, read, mapping, title="Example Ltd")
    for part in file.parts: ...
"""
