"""Merging with another copy of the database: read both ▸ pair and decide (merging.py) ▸ write.

`copies` reads one file as merging sees it, `pairing` finds what belongs together and decides what
becomes of it, `writing` writes that into our file, `heads` carries over the other's journal.
"""
