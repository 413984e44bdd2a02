"""Indexes from which reports are answered without looking at the rows."""

from sqlalchemy import Index, text


def opportunity_reports() -> tuple[Index, ...]:
    """Those of the deals: what is open, by stage."""
    return (
        # what is open, worth how much, how old and whose: `pipeline`, `leakage`, `forecast`; by id,
        # so that new deals come at the end, and deals that are looked up lie beside each other
        Index(
            "ix_opportunity_open",
            *("stage_id", "id", "currency", "probability", "owner_id", "amount"),
            *("expected_close", "stage_since", "created_at", "account_id", "source", "status"),
            sqlite_where=text("status = 'open'"),
        ),
    )


def visit_reports() -> tuple[Index, ...]:
    """Those of the visits: leakage, closes, what was reopened, forced or passed over."""
    return (
        # leakage reads these alone: the first for a window, the second for all time, where the
        # stays come sorted by how they ended and how many hours they took
        Index(
            "ix_visit_stay",
            *("stage_id", "entered_at", "left_at", "ending", "revisited_at", "reopened_at"),
            "opportunity_id",
        ),
        Index(
            "ix_visit_ended",
            *("stage_id", "ending", "hours", "entered_at"),
            *("left_at", "revisited_at", "reopened_at", "opportunity_id"),
        ),
        # in the order of the deals, which are read beside them: looked up in any other order they
        # cost six times as much as all of this
        Index(
            "ix_visit_close",
            *("opportunity_id", "left_at", "ending", "end_owner_id", "end_amount", "currency"),
            *("reopened_at", "stage_id", "entered_at", "reason_id"),
            sqlite_where=text("ending IN ('won', 'lost', 'void')"),
        ),
        Index("ix_visit_reopened", "reopened_at", sqlite_where=text("reopened_at IS NOT NULL")),
        Index("ix_visit_forced", "left_at", sqlite_where=text("forced = 1")),
        Index(
            "ix_visit_passed",
            *("left_at", "opportunity_id", "passed", "reopened_at"),
            sqlite_where=text("passed <> '[]'"),
        ),
    )
