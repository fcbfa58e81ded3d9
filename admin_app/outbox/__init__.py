"""What goes out of the house: rows that were queued with an act are sent by the worker (design section 8).

The only room that speaks SMTP.  Nothing here commits: the door hands in how a short transaction opens.  One call::

    drain(transaction, postman(settings), clock)
"""
