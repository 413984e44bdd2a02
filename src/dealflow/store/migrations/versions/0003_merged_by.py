"""Commands that a merge brought in say which merge it was."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KIND = {"sqlite_autoincrement": True, "sqlite_strict": True}
Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("command", recreate="always", table_kwargs=KIND) as table:
        table.add_column(sa.Column("merged_by", Whole, nullable=True))
        table.create_foreign_key("fk_command_merged_by", "command", ["merged_by"], ["id"])
