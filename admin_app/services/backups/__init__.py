"""The whole company in one file, and back: database and stored files, each with its hash (security.md, promise 8).

Command and worker knock here.  One call::

    make_backup(settings, Path("monday.zip"), clock.now())
"""
