"""Other systems' files: read ▸ understand ▸ apply.

`sources` reads rows with their line numbers, `mapping` says which column means what, `reading`
turns cells into values, `people` and `deals` bring them into the database through the actions.
What cannot be taken in is collected by `rejects`, with its line and its reason.
"""
