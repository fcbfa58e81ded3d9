"""What documents do here: a frozen snapshot becomes the paper that people read, and the e-invoice beside it.

Services, jobs, pages and commands may knock; this room knows values only: no session, no request, no clock.
The snapshot is written once, at issue or signature, and kept with its hash; the paper is a pure function of
it, byte for byte the same on every machine [M11, L9].  One call::

    frozen = canonical(content)                      # what is stored, and what content_hash() signs
    pdf = render_pdf(content_from_json(json.loads(frozen)), pictures)
"""
