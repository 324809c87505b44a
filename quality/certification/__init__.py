"""Certification: what people sign for, on top of what the gates find.

    validated -> reviewed -> certified -> frozen (-> restated)

`windows` says what is to be certified and by whom, `records` which step may follow which (pure), `ledger` keeps every
step for good, `frozen` the figures themselves, `served` tells readers, and `steps` is what the command line calls.
"""
