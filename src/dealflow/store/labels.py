"""What ids stand for, as people called it at an instant: for the edits that the journal keeps."""

from __future__ import annotations

from collections.abc import Mapping

from dealflow.store.conn import Conn
from dealflow.store.past import cell_at

#: the column that holds an id, and what of which table is its label
_LABELS: Mapping[str, tuple[str, str]] = {
    "rep_id": ("rep", "handle"),
    "owner_id": ("rep", "handle"),
    "last_owner_id": ("rep", "handle"),
    "account_id": ("account", "name"),
    "parent_id": ("account", "name"),
    "contact_id": ("contact", "name"),
    "pipeline_id": ("pipeline", "key"),
    "product_id": ("product", "name"),
    "reason_id": ("loss_reason", "name"),
}
#: a stage is called as its definition of that time says, before the first as that one does
_STAGE = """
    SELECT name FROM stage_definition WHERE stage_id = :stage
    ORDER BY effective_from > :now, CASE WHEN effective_from > :now THEN effective_from END,
        effective_from DESC, id DESC
"""


class Labels:
    """Looks each up once, by the column that holds the id; as of `now`, epoch seconds UTC."""

    def __init__(self, conn: Conn, now: int) -> None:
        self._conn, self._now = conn, now
        self._known: dict[tuple[str, int], str] = {}

    def __contains__(self, column: str) -> bool:
        return column == "stage_id" or column in _LABELS

    def of(self, column: str, row_id: int) -> str:
        """The label behind the id in this column; of a row that nothing is known of, its number."""
        if (column, row_id) not in self._known:
            found = self._found(column, row_id)
            self._known[column, row_id] = f"#{row_id}" if found is None else str(found)
        return self._known[column, row_id]

    def _found(self, column: str, row_id: int) -> object:
        if column != "stage_id":
            return cell_at(self._conn, _LABELS[column], row_id, self._now)
        row = self._conn.execute(_STAGE, {"stage": row_id, "now": self._now}).fetchone()
        return row[0] if row else None
