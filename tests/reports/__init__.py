"""The statistics of `reports`: published results, ledgers small enough to add up by hand, and odd data."""
