"""Keys of changes: a script that does not know whether a change was saved asks for it again.

A key belongs to one verb. It is stored in the transaction of the change itself, so that either both
are there or neither. Keys are kept for good: a retry is never too late.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dealflow.errors import Conflict, UsageError
from dealflow.named import NamedTuple
from dealflow.store import checksums
from dealflow.store.book import Book
from dealflow.store.conn import Conn

LONGEST = 200
"""Characters of a key."""


class Key(NamedTuple):
    """What a script calls a change, and the SHA-256 of what it asks for, in hex."""

    verb: str
    word: str
    digest: str


def named(word: str, verb: str, content: Sequence[str]) -> Key:
    """The key `word` for a change that asks for `content`. Error: UsageError for a word like ''."""
    from hashlib import sha256

    if not word.strip() or len(word) > LONGEST or not word.isprintable():
        raise UsageError(f"a key is 1 to {LONGEST} printable characters", "--key order-4711")
    text = "\x1f".join(content).encode("utf-8", "surrogateescape")
    return Key(verb, word, sha256(text).hexdigest())


def earlier(book: Book, key: Key) -> Any | None:
    """The answer that was kept when this was done before; None where it was not.

    Error: Conflict where the key stands for something else, or for what was undone since.
    """
    found = book.conn.execute(
        "SELECT k.content, k.answer, c.id, coalesce(c.undone_by, m.undone_by) FROM command_key k"
        " LEFT JOIN command c ON c.id = k.command_id LEFT JOIN command m ON m.id = c.merged_by"
        " WHERE k.verb = ? AND k.key = ?",
        (key.verb, key.word),
    ).fetchone()
    if found is None:
        return None
    content, answer, command, undone_by = found
    if content != key.digest:
        raise Conflict(
            f"key '{key.word}' was used for another {key.verb}{_by(command)}; nothing was changed",
            "one key for each thing to be done; dealflow history shows what was done",
        )
    if undone_by:
        raise Conflict(
            f"what key '{key.word}' stands for was done{_by(command)}, and undone by {undone_by}",
            "to do it all the same, use another key",
        )
    return json.loads(answer)


def keep(book: Book, key: Key, answer: Any) -> None:
    """Keep the answer of the command that the book holds, for when it is asked for again."""
    command = book.command if book.changed else None
    told = json.dumps(answer, ensure_ascii=False)
    values = (key.verb, key.word, key.digest, told, book.now, command)
    insert(book.conn, values)


def insert(conn: Conn, values: Sequence[Any]) -> None:
    """Store what is remembered of a key, in the order of `checksums.KEY_COLUMNS`."""
    conn.execute(
        f"INSERT INTO {checksums.KEY} ({', '.join(checksums.KEY_COLUMNS)}, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*values, checksums.of(checksums.KEY, values)),
    )


def _by(command: int | None) -> str:
    return f" by command {command}" if command else ""
