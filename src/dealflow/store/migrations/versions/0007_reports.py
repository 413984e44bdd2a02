"""Indexes from which reports over all time are answered: closes by deal, and what is open."""

from alembic import op

revision = "0007"
down_revision = "0006"

CLOSE = (
    *("opportunity_id", "left_at", "ending", "end_owner_id", "end_amount", "currency"),
    *("reopened_at", "stage_id", "entered_at", "reason_id"),
)
OPEN = (
    *("stage_id", "id", "currency", "probability", "owner_id", "amount"),
    *("expected_close", "stage_since", "created_at", "account_id", "source", "status"),
)


def upgrade() -> None:
    op.execute("DROP INDEX ix_visit_close")
    op.execute(
        f"CREATE INDEX ix_visit_close ON visit ({', '.join(CLOSE)})"
        " WHERE ending IN ('won', 'lost', 'void')"
    )
    op.execute("DROP INDEX ix_opportunity_stage_id")
    op.execute(
        f"CREATE INDEX ix_opportunity_open ON opportunity ({', '.join(OPEN)}) WHERE status = 'open'"
    )
