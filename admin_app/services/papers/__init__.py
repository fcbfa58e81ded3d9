"""What the papers of the office say: records → the frozen content that `admin_app.documents` sets on paper.

One module a kind of paper, one for the two parties; nothing is worked out here, every amount is the stored result of
the calculator or of the books [M8].  Doors ask `paper_of.py`; `freeze.py` keeps what was sent or issued.  One call::

    pdf = render_pdf(paper_of(session, FrozenKind.INVOICE, invoice.id, actor, clock), pictures)
"""
