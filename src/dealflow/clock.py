"""The one module that asks the computer for the time. Everything else is given `now`."""

from __future__ import annotations

import os
from time import time


def now() -> int:
    """Epoch seconds UTC. `DEALFLOW_NOW` (epoch seconds, or ISO 8601 with offset) stands in for it.

    Error: UsageError when DEALFLOW_NOW is neither.
    """
    given = os.environ.get("DEALFLOW_NOW")
    if not given:
        return int(time())
    if given.isdecimal():
        return int(given)
    from datetime import datetime

    from dealflow.errors import UsageError

    hint = "DEALFLOW_NOW is epoch seconds, or 2026-07-01T10:00:00+08:00"
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise UsageError(f"'{given}' in DEALFLOW_NOW is not a time", hint) from None
    if moment.tzinfo is None:
        raise UsageError(f"'{given}' in DEALFLOW_NOW has no offset from UTC", hint)
    return int(moment.timestamp())


def local_zone_name() -> str:
    """The IANA name of this computer's zone, for a new database's first setting; else UTC."""
    given = os.environ.get("TZ", "").lstrip(":")
    if given and not given.startswith("/"):
        return given
    try:
        target = os.path.realpath("/etc/localtime")
    except OSError:
        return "UTC"
    _, found, name = target.partition("zoneinfo/")
    return name if found and name else "UTC"
