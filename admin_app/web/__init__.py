"""What the doors share: one transaction a request, who acts, refusals as pages, headers, the frame.

The first room that knows Flask; `admin`, `portal`, `api` and `reports.pages` stand on it.  One call::

    @rule(Permission.CUSTOMERS_READ)
    def hub(): return render_template("admin/customers/hub.html", ...)
"""
