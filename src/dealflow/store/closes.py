"""What a close is, as SQL of the visit `v` that ended in it."""

from __future__ import annotations

#: the condition of ix_visit_close: written so, a statement is answered from that index
CLOSED = "v.ending IN ('won', 'lost', 'void')"
#: a close that was reopened by :now is no outcome
STANDS = "(v.reopened_at IS NULL OR v.reopened_at > :now)"
