"""Companies to start from: builders shared by demo and tests, the demo's story, generated and real data.

Only the command line and the tests knock here.  One call::

    group = a_group(session, name="The Hardings", kind=GroupKind.HOUSEHOLD)
"""
