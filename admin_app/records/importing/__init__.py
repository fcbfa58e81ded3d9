"""Moving in: files of our own folder format, and any CSV or XLSX through a mapping of its columns [P24, 38-40].

A run reads (`files`), checks every row (`check`), stages what is good (`stage`) and lets the database move it in with a
few statements a file.  Services knock here; doors speak to `services.import_files`.  One call::

    with open_source(path) as source:
        for row in source.rows(): ...
"""
