"""How two states of the published marts differ: the SQL of the pipeline, which each snapshot carries for its readers.

It reads relations that its caller has attached, and knows neither snapshots nor privacy: who shows a difference to
readers decides what may be shown of it.
"""
