"""How migrations make tables, on a file and on a server, from one list of columns.

A list names a column or a constraint in each line, as SQLite's STRICT tables have it.
"""

import re

from alembic import op


def run(statements: str) -> None:
    """Statements with a semicolon between each two."""
    for statement in statements.split(";"):
        op.execute(statement)


def create(table: str, columns: str) -> None:
    listed = ", \n\t".join(map(str.strip, columns.strip().splitlines()))
    op.execute(f"CREATE TABLE {table} (\n\t{listed}\n)\n STRICT")


def create_on_server(table: str, columns: str) -> None:
    own = f"BIGINT DEFAULT next_id('{table}') NOT NULL CONSTRAINT pk_{table} PRIMARY KEY"
    columns = columns.replace("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", own)
    columns = re.sub(r"\bINTEGER\b", "BIGINT", columns)
    columns = re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', columns)
    columns = re.sub(r"\bBLOB\b", "BYTEA", columns)
    columns = re.sub(r"\bREAL\b", "DOUBLE PRECISION", columns)
    columns = re.sub(r"(REFERENCES \w+ \(id\))", r"\1 DEFERRABLE", columns)
    op.execute(f"CREATE TABLE {table} ({', '.join(columns.strip().splitlines())})")
    op.execute(f"INSERT INTO counter (name) VALUES ('{table}')")
