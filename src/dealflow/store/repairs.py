"""What can be done about each finding of a check: what is certain is mended, the rest is advised.

Certain is what follows from facts that are themselves sound: what is derived from other rows, an
index from its table, a mark from the journal, and a row whose checksum proves what it held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dealflow.errors import Damaged
from dealflow.model import Account, FollowUp, Opportunity, Visit
from dealflow.named import NamedTuple
from dealflow.store import chain, checksums, derived, rot, soundness, torn
from dealflow.store.book import Book, columns, rows_of
from dealflow.store.conn import Conn
from dealflow.store.soundness import Finding

#: rounds of mending: what is wrong with a deal hides what is wrong with its plans
_ROUNDS = 5
#: damaged rows beyond which nobody looks for flipped bits: this was not the disk
_ROTTEN = 50
#: as many journal entries
_TORN = 10

_REPAIR = "dealflow db check --repair"
_BACKUP = "dealflow db restore, from a backup that dealflow db info lists"
_ACCEPT = "compare with a backup; dealflow db check --accept takes it as it is"


class Judged(NamedTuple):
    """A finding, whether it can be mended for certain, and the command that helps."""

    finding: Finding
    certain: bool
    help: str


class Case:
    """All that a check has found, as far as the judgement of one finding depends on the others."""

    def __init__(self, conn: Conn, found: Sequence[Finding]) -> None:
        self.conn = conn
        self.causes = {finding.cause for finding in found}
        self.damaged = {(f.table, f.row) for f in found if f.cause == "checksum"}
        self.torn = sum(finding.cause == "chain" for finding in found)
        self.unsettled = {f.row for f in found if f.cause in {"open-visit", "standing"}}
        """Deals that do not stand where their visits say."""


class _Cure(NamedTuple):
    """`certain` says of a finding whether `mend` is right; `help` is for where it is not."""

    help: str
    mend: Callable[[Book, Finding], None] | None = None
    certain: Callable[[Case, Finding], bool] = lambda _case, _finding: True


def judged(conn: Conn, found: Sequence[Finding]) -> list[Judged]:
    """What can be done about each finding."""
    case = Case(conn, found)
    return [_judged(case, finding) for finding in found]


def _judged(case: Case, finding: Finding) -> Judged:
    cure = _CURES[finding.cause]
    certain = cure.mend is not None and cure.certain(case, finding)
    told = cure.help.format(row=finding.row, detail=finding.detail)
    return Judged(finding, certain, _REPAIR if certain else told)


def of_schema(differences: Sequence[tuple[str, str, str]]) -> list[Judged]:
    """What can be done about tables and indexes that are not ours: indexes are built again."""
    certain = all(index for _, index, _ in differences)
    return [
        Judged(
            Finding("schema", table, 0, about, "schema"), certain, _REPAIR if certain else _BACKUP
        )
        for table, _, about in differences
    ]


def mend(book: Book, found: Sequence[Finding]) -> list[Finding]:
    """Mend what is certain, as part of the book's command; returns what is then still wrong."""
    for _ in range(_ROUNDS):
        sure = [one.finding for one in judged(book.conn, found) if one.certain]
        if not sure:
            break
        damaged = [finding for finding in sure if finding.cause in {"checksum", "chain"}]
        assert book.command  # also a repair that leaves no line in the journal is told there
        for finding in damaged or sure:  # nothing is to follow from a row that is still damaged
            _mend(book, finding)
        book.settle()
        book.seal()
        found = list(soundness.findings(book.conn))
    return list(found)


def _mend(book: Book, finding: Finding) -> None:
    cure = _CURES[finding.cause].mend
    assert cure
    try:
        cure(book, finding)
    except book.conn.failure as exc:
        told = book.conn.explain(exc)
        what = f"{finding.table} {finding.row}" if finding.row else "an index"
        why = f"{what} cannot be mended: {exc}; nothing was changed"
        raise (Damaged(why, _BACKUP) if told is exc else told) from exc


def accept(book: Book, found: Sequence[Finding]) -> list[Finding]:
    """Take damaged rows and a broken journal as they are; returns what is then still wrong."""
    assert book.command
    for finding in found:
        if finding.cause == "checksum":
            checksums.accept(book.conn, finding.table, finding.row)
    broken = [finding.row for finding in found if finding.cause == "chain"]
    if broken:
        chain.link_anew(book.conn, min(broken))
    book.seal()
    return list(soundness.findings(book.conn))


# ── what follows from what ────────────────────────────────────────────────────────────────────


def _visits(conn: Conn, deal: int) -> list[Visit]:
    listed = ", ".join(columns(Visit))
    sql = f"SELECT {listed} FROM visit WHERE opportunity_id = ? ORDER BY seq"
    with conn.any_text():
        return rows_of(Visit, conn.execute(sql, (deal,)))


def _visits_are_sound(case: Case, finding: Finding) -> bool:
    """Whether a deal's visits are as they were written, and follow upon each other."""
    if ("opportunity", finding.row) in case.damaged:
        return _is_proved(case, finding)
    visits = _visits(case.conn, finding.row)
    in_order = [visit.seq for visit in visits] == list(range(1, len(visits) + 1))
    ended = all(visit.left_at is not None for visit in visits[:-1])
    sound = not {("visit", visit.id) for visit in visits} & case.damaged
    return bool(visits) and in_order and ended and sound


def _settle_deal(book: Book, finding: Finding) -> None:
    """A deal stands where its last visit says."""
    deal, last = book.load(Opportunity, finding.row), _visits(book.conn, finding.row)[-1]
    book.change(
        deal,
        stage_id=last.stage_id,
        status=last.ending or "open",
        stage_since=last.entered_at,
        closed_at=last.left_at,
    )


def _is_closed(case: Case, finding: Finding) -> bool:
    sql = "SELECT opportunity_id FROM follow_up WHERE id = ?"
    deal = case.conn.execute(sql, (finding.row,)).fetchone()[0]
    sound = not {("follow_up", finding.row), ("opportunity", deal)} & case.damaged
    return sound and deal not in case.unsettled


def _cancel(book: Book, finding: Finding) -> None:
    plan = book.load(FollowUp, finding.row)
    deal = book.load(Opportunity, plan.opportunity_id)
    at = max(deal.closed_at or 0, plan.created_at)
    book.change(plan, cancelled_at=at, cancelled_why=f"deal {deal.status}")


def _is_sound(case: Case, finding: Finding) -> bool:
    return (finding.table, finding.row) not in case.damaged


def _own(book: Book, finding: Finding) -> None:
    """What somebody owns was claimed: when it was released, and by whom, says nothing any more."""
    book.change(book.load(Account, finding.row), released_at=None, last_owner_id=None)


def _derive(book: Book, finding: Finding) -> None:
    derived.refresh_row(book.conn, finding.table, finding.row)


def _is_proved(case: Case, finding: Finding) -> bool:
    few = len(case.damaged) <= _ROTTEN
    return few and rot.restored(case.conn, finding.table, finding.row) is not None


def _restore(book: Book, finding: Finding) -> None:
    rot.restore(book.conn, finding.table, finding.row)


def _entry_is_proved(case: Case, finding: Finding) -> bool:
    return case.torn <= _TORN and torn.restored(case.conn, finding.row) is not None


def _restore_entry(book: Book, finding: Finding) -> None:
    torn.restore(book.conn, finding.row)


def _mark(book: Book, _: Finding) -> None:
    chain.mend_marks(book.conn)


#: by the cause of a finding; store/soundness.py names them
_CURES: dict[str, _Cure] = {
    "integrity": _Cure(_BACKUP),
    "index": _Cure(
        _BACKUP,
        lambda book, finding: soundness.build_index(book.conn, finding.detail),
        lambda case, _: "integrity" not in case.causes,
    ),
    "misfit-opportunity": _Cure("dealflow edit {row} --set {detail}=…"),
    "misfit-account": _Cure("dealflow accounts edit {row} --set {detail}=…"),
    "misfit-contact": _Cure("dealflow contacts edit {row} --set {detail}=…"),
    "constraint": _Cure("what is said of the row itself, else a backup"),
    "reference": _Cure(_BACKUP),
    "sequence": _Cure(
        "", lambda book, finding: soundness.raise_sequence(book.conn, finding.table, finding.row)
    ),
    "cut": _Cure(_ACCEPT),
    "open-visit": _Cure(_BACKUP, _settle_deal, _visits_are_sound),
    "visit-order": _Cure(_BACKUP),
    "standing": _Cure(_BACKUP, _settle_deal, _visits_are_sound),
    "open-plan": _Cure('dealflow cancel {row} --why "…"', _cancel, _is_closed),
    "retired-stage": _Cure("dealflow advance {row}"),
    "pipeline": _Cure(_BACKUP),
    "contact": _Cure("dealflow edit {row} --contact none"),
    "parent": _Cure("dealflow accounts edit {row} --parent none"),
    "owned": _Cure(_BACKUP, _own, _is_sound),
    "value": _Cure("set it anew, or dealflow db restore"),
    "checksum": _Cure(_ACCEPT, _restore, _is_proved),
    "chain": _Cure(_ACCEPT, _restore_entry, _entry_is_proved),
    "mark": _Cure(_ACCEPT, _mark, lambda case, _: "chain" not in case.causes),
    "derived": _Cure("", _derive),
}
