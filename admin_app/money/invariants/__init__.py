"""The invariants of requirements 4.3, each a set of queries whose rows are offences; `money.proof` runs them.

Every check is one set-based statement over whole tables and works alike on both databases.  An empty answer is the
proof.  One call::

    for check in DOCUMENTS: connection.execute(check.offences())
"""
