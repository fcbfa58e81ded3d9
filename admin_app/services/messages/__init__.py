"""What is said between the office and its clients, by mail and by text message [98-102, L14].

`resolve` says who gets a message and why, `words` what it says, `tell` queues it and keeps it in the thread of what it
is about; `threads` takes what comes back, `reach` remembers who wants to hear nothing more.  One call::

    tell(session, MessagePurpose.APPOINTMENT, event, ann, clock, key=f"event-{event.id}-planned")
"""
