"""Who may do what on a server: a script for its owner, shipped as SQL (roles.sql)."""

from __future__ import annotations

from pathlib import Path


def script() -> str:
    """The SQL; it needs a dealflow schema, and can be run again."""
    return Path(__file__).with_name("roles.sql").read_text("utf-8")
