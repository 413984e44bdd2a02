"""Worlds on a PostgreSQL server: each has a database of its own there, read by psycopg."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from trials.files import TOKEN, Footprint
from trials.report import CannotRun


def _connected(address: str) -> Any:
    try:
        import psycopg
    except ImportError as exc:
        raise CannotRun("psycopg is not installed") from exc
    return closing(psycopg.connect(address, autocommit=True))


@contextmanager
def database(server: str) -> Iterator[str]:
    """A new database on the server, whose address names one that is there; gone afterwards."""
    name = f"trial_{token_hex(6)}"
    with _connected(server) as conn:
        conn.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with _connected(server) as conn:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def footprints(address: str) -> dict[str, Footprint]:
    """As `files.footprints`, of a database on a server."""
    listed = """SELECT table_schema, table_name FROM information_schema.tables WHERE table_type =
        'BASE TABLE' AND table_schema <> ALL ('{pg_catalog,information_schema}')"""
    found: dict[str, Footprint] = {}
    with _connected(address) as conn:
        for schema, table in conn.execute(listed).fetchall():
            rows = conn.execute(f"SELECT * FROM {schema}.{table}")
            names = [column.name for column in rows.description]
            for row in rows.fetchall():
                for name, cell in zip(names, row, strict=True):
                    for word in TOKEN.findall(cell) if isinstance(cell, str) else ():
                        found.setdefault(word, Counter())[table, name] += 1
    return found
