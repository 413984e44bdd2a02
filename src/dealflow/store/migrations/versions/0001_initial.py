"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KIND = {"sqlite_autoincrement": True, "sqlite_strict": True}


def wholes(*names: str, null: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, Whole, nullable=null) for name in names]


def texts(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=null) for name in names]


def uid() -> sa.Column[bytes]:
    return sa.Column("uid", sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    create_command()
    create_fx_rate()
    create_loss_reason()
    create_pipeline()
    create_product()
    create_rep()
    create_setting()
    create_account()
    create_change()
    create_stage()
    create_contact()
    create_stage_definition()
    create_opportunity()
    create_activity()
    create_opportunity_line()
    create_visit()
    create_follow_up()


def create_command() -> None:
    op.create_table(
        "command",
        *wholes("id"),
        uid(),
        *wholes("at"),
        *texts("actor", "verb", "typed"),
        *wholes("undoes", "undone_by", null=True),
        sa.ForeignKeyConstraint(["undoes"], ["command.id"]),
        sa.ForeignKeyConstraint(["undone_by"], ["command.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )
    op.create_index("ix_command_at", "command", ["at"])


def create_fx_rate() -> None:
    op.create_table(
        "fx_rate",
        *wholes("id", "version"),
        *texts("currency", "day"),
        *wholes("millionths"),
        sa.CheckConstraint("day LIKE '____-__-__'", name="day_is_day"),
        sa.CheckConstraint("length(currency) = 3", name="currency_is_code"),
        sa.PrimaryKeyConstraint("id"),
        **KIND,
    )
    op.create_index("ix_fx_rate_currency_day", "fx_rate", ["currency", "day"], unique=True)


def create_loss_reason() -> None:
    op.create_table(
        "loss_reason",
        *wholes("id", "version"),
        *texts("key", "name"),
        *wholes("retired_at", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        **KIND,
    )


def create_pipeline() -> None:
    op.create_table(
        "pipeline",
        *wholes("id", "version"),
        uid(),
        *texts("key", "name"),
        *wholes("position"),
        *wholes("retired_at", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )


def create_product() -> None:
    op.create_table(
        "product",
        *wholes("id", "version"),
        uid(),
        *texts("name", "folded"),
        *texts("series", null=True),
        *wholes("price", null=True),
        *texts("currency", null=True),
        *wholes("active"),
        sa.CheckConstraint("length(currency) = 3", name="currency_is_code"),
        sa.CheckConstraint("price BETWEEN 0 AND 1000000000000000", name="price_in_range"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("folded"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )


def create_rep() -> None:
    op.create_table(
        "rep",
        *wholes("id", "version"),
        uid(),
        *texts("handle", "name"),
        *texts("email", "team", null=True),
        *wholes("active"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handle"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )


def create_setting() -> None:
    op.create_table(
        "setting",
        *wholes("id", "version"),
        *texts("key", "value"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        **KIND,
    )


def create_account() -> None:
    op.create_table(
        "account",
        *wholes("id", "version"),
        uid(),
        *texts("name", "folded"),
        *texts("grade", "segment", "region", "size", "source", null=True),
        *wholes("owner_id", "parent_id", null=True),
        sa.CheckConstraint("grade IN ('A', 'B', 'C')", name="grade_known"),
        sa.ForeignKeyConstraint(["owner_id"], ["rep.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )
    op.create_index("ix_account_folded", "account", ["folded"])
    op.create_index("ix_account_owner_id", "account", ["owner_id"])


def create_change() -> None:
    op.create_table(
        "change",
        *wholes("id", "command_id"),
        *texts("entity", "kind"),
        *wholes("row_id", "last_id"),
        *texts("before", "after", null=True),
        sa.CheckConstraint("kind IN ('add', 'edit', 'remove')", name="kind_known"),
        sa.ForeignKeyConstraint(["command_id"], ["command.id"]),
        sa.PrimaryKeyConstraint("id"),
        **KIND,
    )
    op.create_index("ix_change_command_id", "change", ["command_id"])
    op.create_index("ix_change_entity_row_id_last_id", "change", ["entity", "row_id", "last_id"])
    op.create_index(
        "ix_change_run",
        "change",
        ["entity", "row_id", "last_id"],
        sqlite_where=sa.text("last_id > row_id"),
    )


def create_stage() -> None:
    op.create_table(
        "stage",
        *wholes("id", "version"),
        uid(),
        *wholes("pipeline_id"),
        *texts("key"),
        *wholes("position"),
        *texts("kind"),
        *wholes("retired_at", null=True),
        sa.CheckConstraint("kind IN ('open', 'won')", name="kind_known"),
        sa.ForeignKeyConstraint(["pipeline_id"], ["pipeline.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )
    op.create_index("ix_stage_pipeline_id_key", "stage", ["pipeline_id", "key"], unique=True)


def create_contact() -> None:
    op.create_table(
        "contact",
        *wholes("id", "version"),
        uid(),
        *wholes("account_id"),
        *texts("name", "folded"),
        *texts("title", "phone", "email", "wechat", "role", null=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )
    op.create_index("ix_contact_account_id", "contact", ["account_id"])
    op.create_index("ix_contact_folded", "contact", ["folded"])


def create_stage_definition() -> None:
    op.create_table(
        "stage_definition",
        *wholes("id", "version", "stage_id", "effective_from"),
        *texts("name", "standard", "activities", "result"),
        sa.Column("probability", sa.REAL(), nullable=True),
        *wholes("expected_days", null=True),
        *texts("requires", "signals"),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name="probability_is_share"),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"]),
        sa.PrimaryKeyConstraint("id"),
        **KIND,
    )
    op.create_index(
        "ix_stage_definition_stage_id_effective_from",
        "stage_definition",
        ["stage_id", "effective_from"],
    )


def create_opportunity() -> None:
    op.create_table(
        "opportunity",
        *wholes("id", "version"),
        uid(),
        *texts("title", "folded"),
        *wholes("account_id", "contact_id", null=True),
        *wholes("owner_id", "first_owner_id", "pipeline_id", "stage_id"),
        *texts("status"),
        *wholes("amount", null=True),
        *texts("currency"),
        sa.Column("probability", sa.REAL(), nullable=True),
        *texts("expected_close", "source", "grade", null=True),
        *texts("tags", "fields"),
        *texts("external_id", null=True),
        *wholes("created_at", "stage_since"),
        *wholes("closed_at", "last_contact_at", "next_late_at", null=True),
        sa.CheckConstraint("expected_close LIKE '____-__-__'", name="expected_close_is_day"),
        sa.CheckConstraint("grade IN ('A', 'B', 'C')", name="grade_known"),
        sa.CheckConstraint("status IN ('open', 'won', 'lost', 'void')", name="status_known"),
        sa.CheckConstraint("amount BETWEEN 0 AND 1000000000000000", name="amount_in_range"),
        sa.CheckConstraint("length(currency) = 3", name="currency_is_code"),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name="probability_is_share"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["first_owner_id"], ["rep.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["rep.id"]),
        sa.ForeignKeyConstraint(["pipeline_id"], ["pipeline.id"]),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )
    op.create_index("ix_opportunity_account_id", "opportunity", ["account_id"])
    op.create_index("ix_opportunity_external_id", "opportunity", ["external_id"], unique=True)
    op.create_index(
        "ix_opportunity_next",
        "opportunity",
        ["next_late_at", "expected_close"],
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_opportunity_owner_id_status", "opportunity", ["owner_id", "status"])
    op.create_index(
        "ix_opportunity_stage_id",
        "opportunity",
        ["stage_id"],
        sqlite_where=sa.text("status = 'open'"),
    )


def create_activity() -> None:
    op.create_table(
        "activity",
        *wholes("id", "version"),
        uid(),
        *wholes("opportunity_id"),
        *wholes("contact_id", null=True),
        *texts("kind"),
        *texts("channel", "direction", "outcome", "note", null=True),
        *wholes("at", "rep_id"),
        sa.CheckConstraint(
            "kind IN ('call', 'visit', 'meeting', 'email', 'message', 'demo', 'quote', 'note', 'site_visit', 'download', 'event', 'email_open', 'asks_price', 'asks_sample', 'asks_question', 'objects')",
            name="kind_known",
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["opportunity_id"], ["opportunity.id"]),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )
    op.create_index("ix_activity_at", "activity", ["at"])
    op.create_index("ix_activity_opportunity_id_at", "activity", ["opportunity_id", "at"])


def create_opportunity_line() -> None:
    op.create_table(
        "opportunity_line",
        *wholes("id", "version", "opportunity_id", "product_id", "quantity"),
        *wholes("price", null=True),
        sa.CheckConstraint("price BETWEEN 0 AND 1000000000000000", name="price_in_range"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.ForeignKeyConstraint(["opportunity_id"], ["opportunity.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("id"),
        **KIND,
    )
    op.create_index("ix_opportunity_line_opportunity_id", "opportunity_line", ["opportunity_id"])
    op.create_index("ix_opportunity_line_product_id", "opportunity_line", ["product_id"])


def create_visit() -> None:
    op.create_table(
        "visit",
        *wholes("id", "version", "opportunity_id", "seq", "stage_id", "owner_id"),
        *wholes("amount", null=True),
        *texts("currency"),
        *wholes("entered_at"),
        *wholes("left_at", null=True),
        *texts("ending", null=True),
        *wholes("to_stage_id", null=True),
        *texts("passed"),
        *wholes("end_owner_id", "end_amount", "reason_id", null=True),
        *texts("note", null=True),
        *wholes("forced"),
        *texts("why", "entry_why", null=True),
        *wholes("onward"),
        sa.Column(
            "hours",
            Whole,
            sa.Computed("(left_at - entered_at) / 3600", persisted=True),
            nullable=True,
        ),
        *wholes("revisited_at", "reopened_at", null=True),
        sa.CheckConstraint(
            "ending IN ('advanced', 'returned', 'won', 'lost', 'void')", name="ending_known"
        ),
        sa.CheckConstraint("(left_at IS NULL) = (ending IS NULL)", name="left_means_ended"),
        sa.CheckConstraint("amount BETWEEN 0 AND 1000000000000000", name="amount_in_range"),
        sa.CheckConstraint("end_amount BETWEEN 0 AND 1000000000000000", name="end_amount_in_range"),
        sa.CheckConstraint("left_at >= entered_at", name="left_after_entered"),
        sa.CheckConstraint("length(currency) = 3", name="currency_is_code"),
        sa.ForeignKeyConstraint(["end_owner_id"], ["rep.id"]),
        sa.ForeignKeyConstraint(["opportunity_id"], ["opportunity.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["rep.id"]),
        sa.ForeignKeyConstraint(["reason_id"], ["loss_reason.id"]),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"]),
        sa.ForeignKeyConstraint(["to_stage_id"], ["stage.id"]),
        sa.PrimaryKeyConstraint("id"),
        **KIND,
    )
    op.create_index(
        "ix_visit_close",
        "visit",
        [
            "left_at",
            "ending",
            "end_owner_id",
            "opportunity_id",
            "end_amount",
            "currency",
            "reopened_at",
            "stage_id",
            "entered_at",
            "reason_id",
        ],
        sqlite_where=sa.text("ending IN ('won', 'lost', 'void')"),
    )
    op.create_index(
        "ix_visit_ended",
        "visit",
        [
            "stage_id",
            "ending",
            "hours",
            "entered_at",
            "left_at",
            "revisited_at",
            "reopened_at",
            "opportunity_id",
        ],
    )
    op.create_index("ix_visit_forced", "visit", ["left_at"], sqlite_where=sa.text("forced = 1"))
    op.create_index("ix_visit_opportunity_id_seq", "visit", ["opportunity_id", "seq"], unique=True)
    op.create_index(
        "ix_visit_passed",
        "visit",
        ["left_at", "opportunity_id", "passed", "reopened_at"],
        sqlite_where=sa.text("passed <> '[]'"),
    )
    op.create_index(
        "ix_visit_reopened",
        "visit",
        ["reopened_at"],
        sqlite_where=sa.text("reopened_at IS NOT NULL"),
    )
    op.create_index(
        "ix_visit_stay",
        "visit",
        [
            "stage_id",
            "entered_at",
            "left_at",
            "ending",
            "revisited_at",
            "reopened_at",
            "opportunity_id",
        ],
    )


def create_follow_up() -> None:
    op.create_table(
        "follow_up",
        *wholes("id", "version"),
        uid(),
        *wholes("opportunity_id"),
        *texts("due_day"),
        *wholes("due_at", null=True),
        *wholes("late_at"),
        *texts("what"),
        *texts("goal", "kind", null=True),
        *wholes("rep_id", "by_id", "created_at", "snoozed"),
        *wholes("done_at", "activity_id", "cancelled_at", null=True),
        *texts("cancelled_why", null=True),
        sa.CheckConstraint("due_day LIKE '____-__-__'", name="due_day_is_day"),
        sa.CheckConstraint(
            "kind IN ('call', 'visit', 'meeting', 'email', 'message', 'demo', 'quote', 'note', 'site_visit', 'download', 'event', 'email_open', 'asks_price', 'asks_sample', 'asks_question', 'objects')",
            name="kind_known",
        ),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["rep.id"]),
        sa.ForeignKeyConstraint(["opportunity_id"], ["opportunity.id"]),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        **KIND,
    )
    op.create_index(
        "ix_follow_up_open",
        "follow_up",
        ["late_at", "rep_id", "opportunity_id"],
        sqlite_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_index("ix_follow_up_opportunity_id", "follow_up", ["opportunity_id"])
    # ### end Alembic commands ###
