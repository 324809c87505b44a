"""Disclosure control: which cells of linked tables of counts are hidden, so that no reader can work out a small group.

In the order of the data: `tables` makes a release of the figures, `rules` says which cells must be hidden and how
well, `repair` hides others to protect them, `audit` attacks the result, and `protection` puts it together. Nothing
publishes by it yet.
"""
