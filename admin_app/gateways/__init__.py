"""What the office asks of other programs on the network, each behind a protocol of ours.

Called outside any transaction, with a short patience, never following a redirect.  The doors may knock.  One call::

    NominatimGeocoder("https://maps.example/search").suggest("12 Mill Lane")
"""
