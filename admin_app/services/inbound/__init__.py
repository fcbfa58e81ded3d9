"""What clients write to us: mails and SMS are read, understood, and put where they belong [98-102].

Reading is pure and never fails: whatever strangers send becomes something that can be kept, or is let go with a
reason.  Deciding happens in one transaction and once a message, however often it arrives.  One call::

    take_in_mail(session, read_mail(raw), kept, rules, clock)
"""
