"""Commands that arrived with a merge, and whose edit a merged value is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KIND = {"sqlite_autoincrement": True, "sqlite_strict": True}


def upgrade() -> None:
    with op.batch_alter_table("command", recreate="auto", table_kwargs=KIND) as command:
        command.add_column(sa.Column("merged_by", Whole, nullable=True))
        command.create_foreign_key("fk_command_merged_by", "command", ["merged_by"], ["id"])
    op.create_table(
        "merged",
        sa.Column("id", Whole, nullable=False),
        sa.Column("command_id", Whole, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", Whole, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("at", Whole, nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("lost", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["command_id"], ["command.id"]),
        sa.PrimaryKeyConstraint("id"),
        **KIND,
    )
    op.create_index("ix_merged_command_id", "merged", ["command_id"])
    op.create_index("ix_merged_entity_row_id", "merged", ["entity", "row_id"])
