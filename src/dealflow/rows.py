"""What every row of a table is."""

from __future__ import annotations

from typing import ClassVar

from dealflow.frozen import Frozen


class Row(Frozen):
    """What every table has. `id` is 0 until the book has stored the row."""

    table: ClassVar[str]
    later: ClassVar[tuple[str, ...]] = ()
    """Columns that came after version 4 of the schema: they count in checksums where filled in."""
    id: int = 0
    version: int = 1
    """Counts the edits of the row: 1 when added, never going back."""
