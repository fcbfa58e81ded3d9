"""The records room: history, search, bulk acts, lists, moving data."""
