"""How two states of the published marts differ: SQL that the pipeline and the API share, and nothing else.

It reads relations that its caller has attached, and knows neither snapshots nor privacy: who shows a difference to
readers decides what may be shown of it.
"""
