"""Who else on this computer may open a file: nobody, or the members of its group.

A database is private unless `init --shared-group` makes it a group's. The files that SQLite puts
beside it take its mode and, in a folder with the setgid bit, the folder's group; what dealflow puts
there does the same here. The user's umask plays no part: modes are set, not asked for.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from dealflow.errors import Unusable
from dealflow.typed import quoted

#: a file that a group reads and writes, and a folder whose new files are the group's
_FILE, _FOLDER = 0o660, 0o2770


def must_suit_a_group(path: str) -> None:
    """Refuse a folder in which only one person could work with a file. Error: Unusable.

    Members need to write beside the file, and what they make there must belong to the group.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        mode = os.stat(folder).st_mode
    except OSError as exc:
        raise Unusable(f"cannot use {folder}: {(exc.strerror or str(exc)).lower()}") from None
    missing = [what for bits, what in _NEEDED if mode & bits != bits]
    if missing:
        raise Unusable(
            f"{folder} does not suit a group: {' and '.join(missing)}; nothing was created",
            f"chgrp GROUP {quoted(folder)} && chmod g+rwxs {quoted(folder)}",
        )


_NEEDED = (
    (stat.S_IRGRP | stat.S_IWGRP | stat.S_IXGRP, "its group may not write in it"),
    (stat.S_ISGID, "new files would not belong to its group (no setgid bit)"),
)


def give_to_group(path: str) -> None:
    """Let the members of the folder's group read and write a file of ours."""
    _hand_over(path, os.stat(os.path.dirname(os.path.abspath(path))).st_gid, _FILE)


def share_like(path: str, database: str) -> None:
    """Give a new file of ours to the group of a database that is shared; else it stays private."""
    shared = _shared(database)
    if shared is not None:
        _hand_over(path, shared, _FILE)


def make_folder_like(folder: str, database: str) -> None:
    """Make a folder that is missing: the group's where the database is, else private.

    Raises OSError.
    """
    if os.path.isdir(folder):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    shared = _shared(database)
    if shared is not None:
        _hand_over(folder, shared, _FOLDER)


def _shared(database: str) -> int | None:
    """The group that a database is shared with; None where it is private or not there."""
    try:
        info = os.stat(database)
    except OSError:
        return None
    both = stat.S_IRGRP | stat.S_IWGRP
    return info.st_gid if info.st_mode & both == both else None


def _hand_over(path: str, group: int, mode: int) -> None:
    """The mode is widened only for the very group that is meant: who may not give it, keeps it."""
    if os.stat(path).st_gid != group:
        with suppress(OSError):
            os.chown(path, -1, group)
    if os.stat(path).st_gid == group:
        os.chmod(path, mode)
