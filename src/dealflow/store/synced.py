"""Folders that sync clients copy about: whose they are, and what their conflicts leave. Pure.

Such a client replaces the file when it likes, asks for no lock, and keeps one of two versions.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from dealflow.named import NamedTuple


class Around(NamedTuple):
    """What is known of a file's surroundings."""

    folders: Mapping[str, Sequence[str]] = {}
    """The names in the file's folder and in those above it, as far as somebody looked."""
    clients: Mapping[str, str] = {}
    """Folders that sync clients say they look after, and who does; see `told_folders`."""
    host: str = ""
    """This computer's name."""


#: names of sync clients' folders; they may go on with ` (Team)`, ` - Company` or a number
_NAMES = {
    "Dropbox": "Dropbox",
    "OneDrive": "OneDrive",
    "iCloud Drive": "iCloud",
    "iCloudDrive": "iCloud",
    "Google Drive": "Google Drive",
    "GoogleDrive": "Google Drive",
    "My Drive": "Google Drive",
    "我的云端硬盘": "Google Drive",
    "Nextcloud": "Nextcloud",
    "ownCloud": "ownCloud",
    "Nutstore": "坚果云",
    "Nutstore Files": "坚果云",
    "坚果云": "坚果云",
    "我的坚果云": "坚果云",
}
#: what clients leave in the folders that they synchronise
_MARKERS = {
    ".stfolder": "Syncthing",
    ".dropbox.cache": "Dropbox",
    ".tmp.driveupload": "Google Drive",
    ".tmp.drivedownload": "Google Drive",
}


def synced_by(path: str, around: Around) -> str:
    """Who copies the file to other computers: `Dropbox`; '' where nothing says so."""
    for folder, client in around.clients.items():
        if is_below(path, folder):
            return client
    for folder, names in around.folders.items():
        client = _marked(names)
        if client and is_below(path, folder):
            return client
    return _named(path.replace("\\", "/").split("/")[:-1])


def told_folders(env: Mapping[str, str], dropbox: str) -> dict[str, str]:
    """Folders that clients say they look after: OneDrive's variables, Dropbox' info.json."""
    names = [name for name in env if name.upper().startswith("ONEDRIVE")]
    found = {env[name]: "OneDrive" for name in names} | dict.fromkeys(_paths(dropbox), "Dropbox")
    return {folder: client for folder, client in found.items() if os.path.isabs(folder)}


def _paths(dropbox: str) -> list[str]:
    """`{"personal": {"path": "…/Dropbox", …}, "business": …}`"""
    if not dropbox:
        return []
    import json

    try:
        paths = [account["path"] for account in json.loads(dropbox).values()]
    except (ValueError, AttributeError, TypeError, KeyError):
        return []  # another version's, or cut short: the folder's name is left to judge by
    return [path for path in paths if isinstance(path, str)]


def _marked(names: Iterable[str]) -> str:
    for name in names:
        if name[:1] != ".":
            continue
        if name in _MARKERS:
            return _MARKERS[name]
        if name.startswith((".sync_", "._sync_")) and name.endswith(".db"):
            return "Nextcloud or ownCloud"
    return ""


def _named(folders: Sequence[str]) -> str:
    for at, name in enumerate(folders):
        if name == "Library" and folders[at + 1 : at + 2] == ["Mobile Documents"]:
            return "iCloud"
        if name == "Library" and folders[at + 1 : at + 2] == ["CloudStorage"]:
            return "".join(folders[at + 2 : at + 3]).partition("-")[0] or "a sync client"
        stem = name.partition(" (")[0].partition(" - ")[0].rstrip("0123456789")
        if stem in _NAMES:
            return _NAMES[stem]
    return ""


#: how clients mark the version that lost: Dropbox, Nextcloud; Syncthing; 坚果云, Dropbox in Chinese
_CONFLICTS = ("conflicted copy", "_conflict-", ".sync-conflict-", "冲突")
#: how Windows names a computer that nobody named
_COMPUTERS = ("DESKTOP-", "LAPTOP-", "WIN-")


def conflict_copies(path: str, around: Around) -> tuple[str, ...]:
    """Names of other versions of the file, in its own folder."""
    folder, own = os.path.split(path)
    stem, extension = os.path.splitext(own)
    tails = [
        name[len(stem) :]
        for name in around.folders.get(folder, ())
        if name != own and name.startswith(stem)
    ]
    copies = [
        stem + tail
        for tail in tails
        if any(mark in tail for mark in _CONFLICTS) or _is_of_computer(tail, extension, around.host)
    ]
    return tuple(sorted(copies))


def _is_of_computer(tail: str, extension: str, host: str) -> bool:
    """OneDrive adds the computer's name to the version that lost: `pipeline-HOST.db`."""
    if not (tail.startswith("-") and tail.endswith(extension)):
        return False
    named = tail[1 : len(tail) - len(extension)]
    return named.startswith(_COMPUTERS) or (bool(host) and named.casefold() == host.casefold())


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    bare = folder.rstrip(os.sep)
    return path == bare or path.startswith(bare + os.sep)
