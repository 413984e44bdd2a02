"""What ids stand for, as people call it: for the edits that the journal keeps."""

from __future__ import annotations

from collections.abc import Mapping

from dealflow.store.conn import Conn

_LABELS: Mapping[str, str] = {
    "rep_id": "SELECT handle FROM rep WHERE id = ?",
    "owner_id": "SELECT handle FROM rep WHERE id = ?",
    "last_owner_id": "SELECT handle FROM rep WHERE id = ?",
    "account_id": "SELECT name FROM account WHERE id = ?",
    "parent_id": "SELECT name FROM account WHERE id = ?",
    "contact_id": "SELECT name FROM contact WHERE id = ?",
    "pipeline_id": "SELECT key FROM pipeline WHERE id = ?",
    "stage_id": """
        SELECT name FROM stage_definition WHERE stage_id = ? ORDER BY effective_from DESC, id DESC
    """,
}


class Labels:
    """Looks each up once, by the column that holds the id."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        self._known: dict[tuple[str, int], str] = {}

    def __contains__(self, column: str) -> bool:
        return column in _LABELS

    def of(self, column: str, row_id: int) -> str:
        """The label behind the id in this column; of a row that is gone, its number."""
        if (column, row_id) not in self._known:
            found = self._conn.execute(_LABELS[column], (row_id,)).fetchone()
            self._known[column, row_id] = str(found[0]) if found else f"#{row_id}"
        return self._known[column, row_id]
