"""Notebooks that are shipped: thin stories over `reports`, kept as text in jupytext's percent format [135].

Open one in Jupyter (jupytext reads it) or run it from the gallery.  A story asks and shows; whatever reckons lives in
`reports` with a test.
"""
