"""Who takes part in deals beside their owners, by role."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence

from dealflow.store.conn import Conn
from dealflow.text import fold

_SQL = """
    SELECT x.opportunity_id, r.handle, x.role FROM json_each(:ids) j
    CROSS JOIN participant x ON x.opportunity_id = CAST(j.value AS BIGINT)
    JOIN rep r ON r.id = x.rep_id ORDER BY x.id
"""


def in_roles(conn: Conn, deals: Sequence[int], roles: Collection[str]) -> dict[int, list[str]]:
    """By deal, the handles of those who have one of these roles (folded), in whatever case."""
    found: dict[int, list[str]] = defaultdict(list)
    if deals:
        for deal, handle, role in conn.execute(_SQL, {"ids": json.dumps(list(deals))}):
            if fold(role) in roles:
                found[deal].append(handle)
    return found
