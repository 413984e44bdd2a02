"""A checksum in every row, and the journal as a chain, worked out for what is there."""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: tables with their columns as this version sums them; `-` marks one that is derived
SUMMED = {
    line.split()[0]: line.split()[1:]
    for line in """\
setting id version key value
rep id version uid handle name email team active
account id version uid name folded grade segment region size source owner_id parent_id
contact id version uid account_id name folded title phone email wechat role
product id version uid name folded series price currency active
pipeline id version uid key name position retired_at
stage id version uid pipeline_id key position kind retired_at
stage_definition id version stage_id effective_from name standard activities result probability expected_days requires signals
loss_reason id version key name retired_at
fx_rate id version currency day millionths
opportunity id version uid title folded account_id contact_id owner_id first_owner_id pipeline_id stage_id status amount currency probability expected_close source grade tags fields external_id created_at stage_since closed_at
opportunity_line id version opportunity_id product_id quantity price
visit id version opportunity_id seq stage_id owner_id amount currency entered_at left_at ending to_stage_id passed end_owner_id end_amount reason_id note forced why entry_why onward
activity id version uid opportunity_id contact_id kind channel direction outcome note at rep_id
follow_up id version uid opportunity_id due_day due_at -late_at what goal kind rep_id by_id created_at snoozed done_at activity_id cancelled_at cancelled_why
command_key verb key content answer at command_id
""".splitlines()
}
HEAD = "SELECT id, uid, at, actor, verb, typed, undoes FROM command ORDER BY id"
CHANGES = (
    "SELECT command_id, id, entity, kind, row_id, last_id, before, after FROM change"
    " ORDER BY command_id, id"
)
ROWS_AT_ONCE = 5_000

encoded = json.JSONEncoder(separators=(",", ":"), default=bytes.hex).encode


def upgrade() -> None:
    op.add_column("command", sa.Column("chain", sa.LargeBinary(), nullable=True))
    for table in SUMMED:
        op.add_column(table, sa.Column("checksum", Whole, nullable=True))
    connection = op.get_bind().connection
    for table, columns in SUMMED.items():
        write_checksums(connection, table, columns)
    write_chain(connection)


def write_checksums(connection: Any, table: str, columns: list[str]) -> None:
    listed = ", ".join("NULL" if name.startswith("-") else name for name in columns)
    write = connection.cursor()
    sql = f"SELECT id, {listed} FROM {table} WHERE id > ? ORDER BY id LIMIT {ROWS_AT_ONCE}"
    seed, last = crc32(table.encode()), 0
    while rows := write.execute(sql, (last,)).fetchall():
        sums = [(crc32(encoded(values).encode(), seed), row_id) for row_id, *values in rows]
        write.executemany(f"UPDATE {table} SET checksum = ? WHERE id = ?", sums)
        last = rows[-1][0]


def write_chain(connection: Any) -> None:
    write = connection.cursor()
    chains = list(links(connection))
    write.executemany("UPDATE command SET chain = ? WHERE id = ?", chains)


def links(connection: Any) -> Iterator[tuple[bytes, int]]:
    found = groupby(connection.cursor().execute(CHANGES), lambda change: change[0])
    pending = next(found, None)
    chain = b""
    for head in connection.cursor().execute(HEAD):
        while pending and pending[0] < head[0]:
            pending = next(found, None)
        own = pending[1] if pending and pending[0] == head[0] else ()
        digest = sha256(chain)
        for line in (head, *(change[1:] for change in own)):
            digest.update(encoded(line).encode() + b"\n")
        chain = digest.digest()
        yield chain, head[0]
