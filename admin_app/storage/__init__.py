"""Where the files that people bring are kept: today a folder of the home, one file a key.

The rooms above may knock; rows remember the key that `store` returns.  One call::

    stored = FolderStorage(settings.home / "files").store(upload.stream, limit=20_000_000)
"""
