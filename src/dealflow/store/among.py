"""Which deals a question about the past can mean at most: no others are wound back for it.

What a deal was is known when it has been wound back, and that takes its visits, its edits, and all
that was ever planned on it. Where a question is about deals that were open, or about a rep's, the
present tables tell quickly which ones come into question. Each answer is still judged by what the
deal was: a term here may name too many deals, and never too few.
"""

from __future__ import annotations

from collections.abc import Iterable

from dealflow.named import NamedTuple
from dealflow.patterns import pattern

#: runs of visits that came with an import after :now: they say whose their deals were before it
HISTORIES = """SELECT n.row_id, n.last_id
    FROM command c CROSS JOIN change n ON n.command_id = c.id
    WHERE c.at > :now AND c.verb = 'import' AND c.undone_by IS NULL
    AND n.entity = 'visit' AND n.kind = 'add'"""

#: follow-ups `f` that were open at :now
OPEN_THEN = """f.created_at <= :now AND (f.done_at IS NULL OR f.done_at > :now)
    AND (f.cancelled_at IS NULL OR f.cancelled_at > :now)"""


class Among(NamedTuple):
    """A SELECT of the `id`s of deals, with no id twice."""

    select: str
    few: bool
    """Whether they are so few that what hangs on them is better looked up than gone through."""
    edited: tuple[str, ...] = ()
    """Tables whose edits the SELECT asks about."""

    @property
    def term(self) -> str:
        """What stands after WITH."""
        return f"among AS MATERIALIZED ({self.select})"


#: those in `:ids`, a JSON array
PICKED = Among("SELECT DISTINCT CAST(value AS BIGINT) AS id FROM json_each(:ids)", few=True)
#: those that are open still, and those that were closed since
OPEN = Among(
    """SELECT o.id FROM opportunity o WHERE o.status = 'open' UNION
    SELECT v.opportunity_id FROM visit v
    WHERE v.ending IN ('won', 'lost', 'void') AND v.left_at > :now""",
    few=False,
)


def narrower(one: Among | None, other: Among | None) -> Among | None:
    """The one to use where both hold; the first where neither is known to be narrower."""
    if one is None or (other is not None and other.few and not one.few):
        return other
    return one


def either(one: Among, other: Among) -> Among:
    """Those of both."""
    few = one.few and other.few
    return Among(f"{one.select} UNION {other.select}", few, (*one.edited, *other.edited))


def asked_among(tests: Iterable[str]) -> Among | None:
    """Those that can pass these tests (of store/filtering.py, joined by and); None for any."""
    found: dict[str, Among] = {}
    for test in tests:
        used = set(_USED.findall(test))
        if test == _IS_OPEN:
            found["open"] = OPEN
        elif used == {"o.id"} and "NOT" not in test:
            found["id"] = Among(f"SELECT o.id FROM opportunity o WHERE {test}", few=True)
        elif used == {"o.owner_id"} and "NOT" not in test:
            found["owner"] = owned(test)
    return next((found[name] for name in ("id", "owner", "open") if name in found), None)


_USED = pattern(r"\b[a-z]\.[a-z_]+")
#: the test of `status:open`
_IS_OPEN = "(o.status = 'open')"


def owned(test: str) -> Among:
    """Those whose owner passes, or may have passed at :now.

    A deal that was handed over since has an edit; of one that was imported since, its visits may
    say another owner.
    """
    return Among(
        f"""SELECT o.id FROM opportunity o WHERE {test} UNION
    SELECT e.row_id FROM edited e WHERE e.entity = 'opportunity' AND e.name = 'owner_id' UNION
    SELECT v.opportunity_id FROM ({HISTORIES}) h
        CROSS JOIN visit v ON v.id BETWEEN h.row_id AND h.last_id""",
        few=True,
        edited=("opportunity",),
    )


def planned(test: str) -> Among | None:
    """Those with a follow-up, open at :now, whose rep passes; None for a test of something else."""
    if set(_USED.findall(test)) != {"f.rep_id"} or "NOT" in test:
        return None
    return Among(
        f"""SELECT f.opportunity_id AS id FROM follow_up f WHERE {test} AND {OPEN_THEN} UNION
    SELECT f.opportunity_id FROM edited e CROSS JOIN follow_up f ON f.id = e.row_id
        WHERE e.entity = 'follow_up' AND e.name = 'rep_id' UNION
    SELECT CAST(json_extract(x.before, '$.opportunity_id') AS BIGINT)
        FROM command c CROSS JOIN change x ON x.command_id = c.id
        WHERE c.at > :now AND x.entity = 'follow_up' AND x.kind = 'remove'""",
        few=True,
        edited=("follow_up",),
    )
