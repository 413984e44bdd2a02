"""Where a database file lies, and what is safe there.

SQLite relies on locks that everybody sees, and on nobody else replacing the file. A local disk
gives both; some network shares give the first; folders that a sync client copies about give
neither. The first half judges what it is given and touches nothing: text of /proc/self/mountinfo, a
path, and with `synced` what is known of the folders. The second half asks the computer, and only
writers do.

Linux is tested. The readers for macOS and Windows were written from their documentation and were
never run; what they read is judged by the same functions, which are tested.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import islice

from dealflow.errors import Unusable
from dealflow.named import NamedTuple
from dealflow.store.settings import SINGLE_USER
from dealflow.store.synced import Around, conflict_copies, is_below, synced_by, told_folders

#: a place is one of these; of two that hold, the later one counts
LOCAL, SHARE, SYNCED, UNSAFE = range(4)

MOUNTINFO = "/proc/self/mountinfo"
#: as many names of a folder are looked at; more would cost every command a millisecond
MOST_NAMES = 1000


class Mount(NamedTuple):
    """A mounted file system, as far as it matters here."""

    kind: str
    """Linux' file system type, or macOS' f_fstypename."""
    options: frozenset[str]
    inside: str
    """The path within that file system: after a bind mount, another than the one that was asked."""
    point: str = ""


class Place(NamedTuple):
    """The judgement on one file."""

    kind: int
    what: str = ""
    """Named for a person: `a network share (nfs4)`, or whoever synchronises the folder."""
    copies: tuple[str, ...] = ()
    """Conflicting copies that a sync client left beside the file."""


def judge(path: str, mount: Mount | None, around: Around) -> Place:
    """The judgement on a file, given its path without links. Without a mount it counts as local."""
    kind, what = of_mount(mount) if mount else (LOCAL, "")
    copies = conflict_copies(path, around)
    if kind != UNSAFE:
        inside = mount.inside if mount else path
        client = synced_by(path, around) or (synced_by(inside, around) if inside != path else "")
        if client:
            return Place(SYNCED, client, copies)
    return Place(kind, what, copies)


def permit(
    place: Place, path: str, sharing: str, *, wal: bool = False, new: bool = False
) -> list[str]:
    """What a writer is to be told of the place. Error: Unusable where writing is not safe there.

    `sharing` is the database's setting. `wal` says that the file keeps a write-ahead log, `new`
    that it is still to be made.
    """
    alone = sharing == SINGLE_USER
    if place.kind >= SYNCED and not alone:
        danger = _DANGERS[place.kind].format(place.what)
        raise Unusable(f"{path} {danger}; nothing was changed", _WAY_OUT[new])
    if place.kind == SHARE and wal and not alone:
        raise Unusable(
            f"{path} is on {place.what} and keeps a write-ahead log, which is for one computer",
            "when nobody else has it open: dealflow db journal rollback",
        )
    told = [f"{path} {_CAUTIONS[place.kind].format(place.what)}"] if _is_risky(place, alone) else []
    return told + _told_copies(path, place.copies)


#: what to do instead, with a file that is there and with one that is to be made
_WAY_OUT = {
    False: "if one person alone uses it: dealflow settings set sharing single-user;"
    " else copy it to a local disk",
    True: "choose a local disk with --db; if one person alone will use it:"
    " dealflow init --sharing single-user",
}
_DANGERS = {
    SYNCED: "is in a folder that {} synchronises, where one of two writers loses what was saved",
    UNSAFE: "is on {}, where two writers do not see each other's locks",
}
_CAUTIONS = {
    SHARE: "is on {}: safe as long as it keeps a rollback journal; more than three people need a"
    " server such as PostgreSQL",
    SYNCED: "is in a folder that {} synchronises: let it finish before another computer writes",
    UNSAFE: "is on {}: one person on one computer at a time",
}


def _is_risky(place: Place, alone: bool) -> bool:
    """A share with working locks is no risk to somebody who is alone on it."""
    return place.kind != LOCAL and not (place.kind == SHARE and alone)


def _told_copies(path: str, copies: Sequence[str]) -> list[str]:
    if not copies:
        return []
    more = f" and {len(copies) - 3} more" if len(copies) > 3 else ""
    named = ", ".join(copies[:3]) + more
    return [f"a sync client left other versions beside {path}, with what it lacks: {named}"]


# ── mounts ────────────────────────────────────────────────────────────────────────────────────


def mount_of(path: str, mountinfo: str) -> Mount | None:
    """The mount that a path without links leads into; None where the text does not tell.

    Usually the longest mount point that the path begins with. Followed from parent to child, as the
    kernel does, so that a mount that lies hidden under a later one does not count.
    """
    found = [fields for line in mountinfo.splitlines() if (fields := _fields(line, path))]
    known = {fields[0] for fields in found}
    tops = [fields for fields in found if fields[1] not in known or fields[1] == fields[0]]
    if not tops:
        return None
    at = max(tops, key=lambda fields: len(fields[4]))
    while below := [f for f in found if f[1] == at[0] != f[0]]:
        at = min(below, key=lambda fields: len(fields[4]))
    return _mount(at, path)


def _fields(line: str, path: str) -> list[str] | None:
    """A line's fields, if the path is below its mount point; see proc(5)."""
    fields = line.split(" ")
    if len(fields) < 10 or "-" not in fields[6:]:
        return None
    fields[4] = unescaped(fields[4])
    return fields if is_below(path, fields[4]) else None


def _mount(fields: list[str], path: str) -> Mount:
    dash = fields.index("-", 6)
    rest = os.path.relpath(path, fields[4])
    options = frozenset(",".join([fields[5], *fields[dash + 3 :]]).split(","))
    inside = os.path.normpath(os.path.join(unescaped(fields[3]), rest))
    return Mount(fields[dash + 1], options, inside, fields[4])


def unescaped(field: str) -> str:
    r"""A field of mountinfo as it is: blanks and backslashes stand there in octal, as `\040`."""
    head, *parts = field.split("\\")
    return head + "".join(map(_octal, parts))


def _octal(part: str) -> str:
    """What stood behind a backslash; the backslash itself where no number follows."""
    is_octal = len(part) > 2 and set(part[:3]) <= set("01234567")
    return chr(int(part[:3], 8)) + part[3:] if is_octal else "\\" + part


#: share, fused: file systems of several computers that pass locks on. unknown, generic: folders of
#: a host or a peer, whose locks end at this kernel or nobody knows where. own: FUSE over a local
#: disk, mounted once. off, loose: no locks, or caches that disagree; passed on as cures of "locked"
_WORDS = {
    line.split()[0]: frozenset(line.split()[1:])
    for line in """\
share   nfs nfs3 nfs4 cifs smb2 smb3 smbfs afpfs ncpfs ceph lustre gpfs beegfs gfs2 ocfs2
fused   fuse.glusterfs fuse.ceph fuse.ceph-fuse
unknown 9p virtiofs vboxsf vmhgfs prl_fs drvfs afs davfs davfs2 webdav orangefs pvfs2 coda
generic fuse macfuse osxfuse fuse-t
own     fuse.fuse-overlayfs fuse.gocryptfs fuse.encfs fuse.mergerfs fuse.ntfs-3g fuse.exfat
off     nolock nobrl noposixlock localflock local_lock=posix local_lock=flock local_lock=all
loose   cache=loose
""".splitlines()
}
_SHARES = _WORDS["share"] | _WORDS["fused"]
_UNKNOWN = _WORDS["unknown"] | _WORDS["generic"]
_OFF = _WORDS["off"] | _WORDS["loose"]


def of_mount(mount: Mount) -> tuple[int, str]:
    """What a mount allows, and its name for a person. A type that nobody knows counts as local."""
    if mount.kind in _SHARES:
        off = sorted(_OFF & mount.options)
        if off:
            return UNSAFE, f"a network share mounted with {off[0]} ({mount.kind})"
        return SHARE, f"a network share ({mount.kind})"
    if _is_unknown(mount.kind) and not _is_own_root(mount):
        return UNSAFE, f"a shared folder of the type {mount.kind}"
    return LOCAL, ""


def _is_unknown(kind: str) -> bool:
    return kind in _UNKNOWN or (kind.startswith("fuse.") and kind not in _WORDS["own"])


def _is_own_root(mount: Mount) -> bool:
    """A sandbox or a virtual machine that stands on such a file system has it for itself."""
    return mount.point == "/"


def of_drive(path: str, drive_type: int) -> Mount:
    """The mount of a path on Windows, by what GetDriveTypeW says of its drive: 4 is remote."""
    unc = path.startswith("\\\\") and not path.startswith(("\\\\?\\", "\\\\.\\"))
    remote = unc or path.startswith("\\\\?\\UNC\\") or drive_type == 4
    return Mount("smb3" if remote else "ntfs", frozenset(), path)


# ── what this computer says ───────────────────────────────────────────────────────────────────


def look(path: str, env: Mapping[str, str] = os.environ) -> Place:
    """The judgement on a file of this computer, there or not yet there. Links are followed."""
    real = os.path.realpath(path)
    home = os.path.realpath(os.path.expanduser("~"))
    clients = told_folders(env, _dropbox_info(env))
    linked = {os.path.realpath(folder): client for folder, client in clients.items()}
    return judge(real, _mounted(real), Around(_folders(real, home), linked, _host()))


def _folders(path: str, home: str) -> dict[str, list[str]]:
    """The names in the folders above a path, up to the home folder, but not in the root."""
    found: dict[str, list[str]] = {}
    folder = os.path.dirname(path)
    while folder != os.path.dirname(folder):
        found[folder] = _names(folder)
        if folder == home:
            break
        folder = os.path.dirname(folder)
    return found


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in islice(entries, MOST_NAMES)]
    except OSError:  # may be passed through but not read
        return []


def _dropbox_info(env: Mapping[str, str]) -> str:
    places = [os.path.join(os.path.expanduser("~"), ".dropbox")]
    if sys.platform == "win32":
        places = [os.path.join(env.get(at, ""), "Dropbox") for at in ("APPDATA", "LOCALAPPDATA")]
    return next(filter(None, (_text(os.path.join(at, "info.json")) for at in places)), "")


def _text(path: str) -> str:
    """A file's text; '' where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def _host() -> str:
    if sys.platform == "win32":
        return os.environ.get("COMPUTERNAME", "")
    return os.uname().nodename.partition(".")[0]


if sys.platform == "win32":

    def _mounted(path: str) -> Mount | None:
        import ctypes

        root = os.path.splitdrive(path)[0] + "\\"
        return of_drive(path, ctypes.windll.kernel32.GetDriveTypeW(root))

elif sys.platform == "darwin":

    def _mounted(path: str) -> Mount | None:
        """By statfs(2); f_fstypename is the 16 bytes at 72 of the structure with 64-bit inodes."""
        import ctypes

        libc = ctypes.CDLL(None)
        statfs = getattr(libc, "statfs$INODE64", None) or libc.statfs
        told = ctypes.create_string_buffer(4096)
        if statfs(os.fsencode(os.path.dirname(path)), told):
            return None
        kind = told.raw[72:88].partition(b"\0")[0].decode("ascii", "replace")
        return Mount(kind, frozenset(), path)

else:

    def _mounted(path: str) -> Mount | None:
        return mount_of(path, _text(MOUNTINFO))
