"""The worker: it does what is due, each job leased so that two workers never do the same one at the same time.

`schedule.py` is the table of what there is to do; services queue single jobs by `services.queue_job`.  One call::

    Worker(settings).work(stop)
"""
