"""Where a database file lies: what mounts, folders and names beside it say, and what follows."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from dealflow.errors import Unusable
from dealflow.store import connection, places, synced
from dealflow.store.api import engine
from dealflow.store.places import LOCAL, SHARE, SYNCED, UNSAFE, Mount
from dealflow.store.synced import Around

pytestmark = pytest.mark.file

ROOT = "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro"
HOME = "/home/李"

# ── mounts ────────────────────────────────────────────────────────────────────────────────────

#: what stands behind the mount's two numbers, as Linux writes it, and the judgement
MOUNTS = [
    ("8:3 / /data rw,relatime shared:30 - ext4 /dev/sda3 rw", LOCAL),
    ("8:3 / /data rw,relatime - ext3 /dev/sda3 rw,data=ordered", LOCAL),
    (
        "253:2 / /data rw,relatime shared:30 - xfs /dev/mapper/vg-data rw,attr2,inode64,noquota",
        LOCAL,
    ),
    (
        "0:31 /@data /data rw,noatime shared:30 - btrfs /dev/nvme0n1p2 rw,ssd,subvolid=257,subvol=/@data",
        LOCAL,
    ),
    ("0:48 / /data rw,relatime shared:30 - zfs tank/data rw,xattr,posixacl,casesensitive", LOCAL),
    ("259:5 / /data rw,nodev - f2fs /dev/nvme0n1p5 rw,lazytime,background_gc=on", LOCAL),
    ("0:42 / /data rw,nosuid,nodev shared:30 - tmpfs tmpfs rw,size=800k,mode=755,inode64", LOCAL),
    (
        "0:61 / /data rw,relatime - overlay overlay rw,lowerdir=/l/A:/l/B,upperdir=/u/diff,workdir=/u/work",
        LOCAL,
    ),
    ("8:17 / /data rw,nosuid,nodev shared:30 - vfat /dev/sdb1 rw,uid=1000,fmask=0022,utf8", LOCAL),
    ("8:17 / /data rw,nosuid,nodev shared:30 - exfat /dev/sdb1 rw,uid=1000,iocharset=utf8", LOCAL),
    ("8:4 / /data rw,relatime shared:30 - ntfs3 /dev/sda4 rw,uid=1000,gid=1000", LOCAL),
    ("8:4 / /data rw,relatime - fuseblk /dev/sda4 rw,user_id=0,group_id=0,allow_other", LOCAL),
    ("254:1 / /data rw - bcachefs /dev/vdb rw", LOCAL),
    ("7:3 / /data rw - somethingnew /dev/loop3 rw", LOCAL),
    ("0:55 / /data rw - fuse.gocryptfs /home/李/.vault rw,user_id=1000,group_id=1000", LOCAL),
    (
        "0:56 / /data rw,nodev - fuse.fuse-overlayfs fuse-overlayfs rw,user_id=0,default_permissions",
        LOCAL,
    ),
    (
        "0:50 / /data rw,relatime shared:30 - nfs4 nas:/volume1/sales rw,vers=4.2,rsize=1048576,hard,proto=tcp,sec=sys,local_lock=none,addr=10.0.0.9",
        SHARE,
    ),
    (
        "0:50 / /data rw,relatime - nfs nas:/sales rw,vers=3,hard,mountproto=udp,local_lock=none,addr=10.0.0.9",
        SHARE,
    ),
    (
        "0:51 / /data rw,relatime shared:30 - cifs //nas/sales rw,vers=3.1.1,cache=strict,username=li,uid=1000,soft,serverino,mapposix",
        SHARE,
    ),
    ("0:51 / /data rw,relatime - smb3 //nas/sales rw,vers=3.0,cache=strict", SHARE),
    ("0:52 / /data rw,relatime - ceph 10.0.0.9:6789:/ rw,name=admin,acl", SHARE),
    ("0:53 / /data rw,relatime - lustre mds@tcp:/fs rw,flock,lazystatfs", SHARE),
    ("0:54 / /data rw,relatime - fuse.glusterfs srv:/vol rw,user_id=0,allow_other", SHARE),
    ("0:50 / /data rw - nfs nas:/sales rw,vers=3,nolock,local_lock=all,addr=10.0.0.9", UNSAFE),
    ("0:50 / /data rw - nfs nas:/sales rw,vers=3,local_lock=posix,addr=10.0.0.9", UNSAFE),
    ("0:50 / /data rw - nfs nas:/sales rw,vers=3,local_lock=flock,addr=10.0.0.9", UNSAFE),
    ("0:51 / /data rw - cifs //nas/sales rw,vers=3.0,cache=strict,nobrl,uid=1000", UNSAFE),
    ("0:51 / /data rw - cifs //nas/sales rw,vers=3.0,cache=loose,uid=1000", UNSAFE),
    ("0:53 / /data rw - lustre mds@tcp:/fs rw,localflock", UNSAFE),
    ("0:57 / /data rw,nosuid - fuse.sshfs li@srv:/sales rw,user_id=1000,group_id=1000", UNSAFE),
    ("0:57 / /data rw,nosuid - fuse.rclone gdrive: rw,user_id=1000", UNSAFE),
    ("0:57 / /data rw,nosuid - fuse.gvfsd-fuse gvfsd-fuse rw,user_id=1000", UNSAFE),
    ("0:57 / /data rw,nosuid - fuse.bindfs /srv/sales rw,allow_other", UNSAFE),
    ("0:57 / /data rw,nosuid - fuse https://cloud.example.com/dav rw,user_id=1000", UNSAFE),
    (
        r"0:58 / /data rw,noatime - 9p C:\134 rw,aname=drvfs;path=C:\;uid=1000,access=client,trans=fd,rfd=8",
        UNSAFE,
    ),
    ("0:58 / /data rw,relatime - 9p hostshare rw,sync,dirsync,access=client,trans=virtio", UNSAFE),
    ("0:58 / /data rw,relatime - virtiofs share0 rw", UNSAFE),
    ("0:59 / /data rw,nodev - vboxsf Sales rw,iocharset=utf8,uid=0,gid=998", UNSAFE),
    ("0:60 / /data rw - fuse.vmhgfs-fuse vmhgfs-fuse rw,user_id=0,allow_other", UNSAFE),
    ("0:60 / /data rw - vmhgfs .host:/ rw", UNSAFE),
]


def kind_of(mountinfo: str, path: str) -> int | None:
    mount = places.mount_of(path, mountinfo)
    return mount and places.of_mount(mount)[0]


@pytest.mark.parametrize(("line", "verdict"), MOUNTS, ids=lambda v: str(v)[:70])
def test_a_file_is_judged_by_the_mount_it_lies_on(line, verdict):
    mountinfo = f"{ROOT}\n30 22 {line}\n"
    assert kind_of(mountinfo, "/data/sales/pipeline.db") == verdict
    assert kind_of(mountinfo, "/database/pipeline.db") == LOCAL  # begins alike, lies elsewhere


@pytest.mark.parametrize(
    "root",
    [
        "22 1 0:30 / / rw - 9p none rw,trans=fd,rfdno=4,wfdno=4,aname=/,cache=remote_revalidating",
        "22 1 0:30 / / rw,relatime - virtiofs kataShared rw",
        "22 1 0:30 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw,user_id=0",
    ],
)
def test_what_a_whole_sandbox_stands_on_is_its_own(root):
    assert kind_of(root, "/srv/pipeline.db") == LOCAL


NAS = "nas:/x rw,vers=4.2,local_lock=none"


def test_the_longest_mount_point_counts_whatever_the_order():
    inner = "31 30 8:9 / /data/local rw - ext4 /dev/sdc1 rw"
    outer = f"30 22 0:50 / /data rw - nfs4 {NAS}"
    for lines in ([ROOT, outer, inner], [inner, outer, ROOT]):
        assert kind_of("\n".join(lines), "/data/local/a.db") == LOCAL
        assert kind_of("\n".join(lines), "/data/a.db") == SHARE


def test_a_mount_over_another_one_hides_it():
    below = "30 22 8:3 / /data rw - ext4 /dev/sda3 rw"
    above = f"31 30 0:50 / /data rw - nfs4 {NAS}"
    assert kind_of(f"{ROOT}\n{below}\n{above}", "/data/a.db") == SHARE


def test_a_mount_whose_parent_folder_was_covered_later_does_not_count():
    hidden = f"30 22 0:50 / /data/nas rw - nfs4 {NAS}"
    cover = "31 22 8:3 / /data rw - ext4 /dev/sda3 rw"
    assert kind_of(f"{ROOT}\n{hidden}\n{cover}", "/data/nas/a.db") == LOCAL


def test_blanks_and_backslashes_in_a_mount_point_are_octal():
    line = rf"30 22 0:50 / /mnt/our\040sales\134x\011y rw - nfs4 {NAS}"
    assert kind_of(f"{ROOT}\n{line}", "/mnt/our sales\\x\ty/a.db") == SHARE
    assert places.unescaped(r"a\043b\\") == r"a#b\\"
    assert places.unescaped(r"\989 \1") == r"\989 \1"


def test_a_chinese_mount_point_is_itself():
    assert kind_of(f"{ROOT}\n30 22 0:50 / /mnt/销售 rw - nfs4 {NAS}", "/mnt/销售/a.db") == SHARE


def test_a_bind_mount_is_of_the_file_system_it_shows_and_knows_the_path_there():
    bind = r"30 22 0:50 /sales/our\040team /srv/sales rw - nfs4 nas:/x rw,vers=4.2"
    mount = places.mount_of("/srv/sales/2026/a.db", f"{ROOT}\n{bind}")
    assert (mount.kind, mount.inside) == ("nfs4", "/sales/our team/2026/a.db")


def test_a_synced_folder_that_is_bound_elsewhere_is_recognised():
    """As a container sees ~/Dropbox/sales, given to it as /data."""
    bind = "30 22 8:2 /home/李/Dropbox/sales /data rw - ext4 /dev/sda2 rw"
    mount = places.mount_of("/data/a.db", f"{ROOT}\n{bind}")
    assert places.judge("/data/a.db", mount, Around())[:2] == (SYNCED, "Dropbox")


@pytest.mark.parametrize("text", ["", "\n", "nonsense", "1 2 3 - ", "30 22 0:50 / /data rw"])
def test_text_that_is_no_mountinfo_tells_nothing_and_the_file_counts_as_local(text):
    assert places.mount_of("/data/a.db", text) is None
    assert places.judge("/data/a.db", None, Around()) == (LOCAL, "", ())


def test_a_root_that_is_its_own_parent_is_followed_once():
    rootfs = "1 1 0:1 / / rw - rootfs rootfs rw"
    assert kind_of(f"{rootfs}\n30 1 0:50 / /data rw - nfs4 {NAS}", "/data/a.db") == SHARE


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("apfs", LOCAL),
        ("hfs", LOCAL),
        ("smbfs", SHARE),
        ("nfs", SHARE),
        ("webdav", UNSAFE),
        ("macfuse", UNSAFE),
        ("msdos", LOCAL),
        ("afpfs", SHARE),
    ],
)
def test_the_types_of_macos_are_judged_alike(kind, verdict):
    assert places.of_mount(Mount(kind, frozenset(), "/Volumes/sales/a.db"))[0] == verdict


@pytest.mark.parametrize(
    ("path", "drive_type", "verdict"),
    [
        (r"C:\sales\a.db", 3, LOCAL),
        (r"E:\a.db", 2, LOCAL),
        (r"S:\sales\a.db", 4, SHARE),
        (r"\\nas\sales\a.db", 1, SHARE),
        (r"\\?\UNC\nas\sales\a.db", 1, SHARE),
        (r"\\?\C:\sales\a.db", 3, LOCAL),
    ],
)
def test_a_mapped_letter_and_a_unc_path_of_windows_are_shares(path, drive_type, verdict):
    assert places.of_mount(places.of_drive(path, drive_type))[0] == verdict


# ── folders that are synchronised ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "client"),
    [
        (f"{HOME}/Dropbox/sales/a.db", "Dropbox"),
        (f"{HOME}/Dropbox (Acme)/a.db", "Dropbox"),
        (f"{HOME}/OneDrive/a.db", "OneDrive"),
        (f"{HOME}/OneDrive - Acme GmbH/a.db", "OneDrive"),
        (r"C:\Users\li\OneDrive - Acme\sales\a.db", "OneDrive"),
        ("/Users/李/Library/Mobile Documents/com~apple~CloudDocs/a.db", "iCloud"),
        ("/Users/李/Library/CloudStorage/GoogleDrive-li@example.com/My Drive/a.db", "GoogleDrive"),
        ("/Users/李/Library/CloudStorage/Box-Box/a.db", "Box"),
        (r"C:\Users\li\iCloudDrive\a.db", "iCloud"),
        (f"{HOME}/Google Drive/a.db", "Google Drive"),
        (r"G:\My Drive\a.db", "Google Drive"),
        (f"{HOME}/Nextcloud/a.db", "Nextcloud"),
        (f"{HOME}/Nextcloud2/a.db", "Nextcloud"),
        (f"{HOME}/ownCloud/a.db", "ownCloud"),
        (f"{HOME}/Nutstore Files/我的坚果云/a.db", "坚果云"),
        (f"{HOME}/我的坚果云/销售/a.db", "坚果云"),
        (f"{HOME}/Nutstore/a.db", "坚果云"),
        (f"{HOME}/sales/a.db", ""),
        (f"{HOME}/dropbox-export/a.db", ""),
        (f"{HOME}/Dropboxes/a.db", ""),
        (f"{HOME}/sales/Dropbox", ""),  # the file's own name says nothing
        (f"{HOME}/Library/a.db", ""),
    ],
)
def test_a_folder_of_a_sync_client_is_known_by_its_name(path, client):
    assert synced.synced_by(path, Around()) == client


@pytest.mark.parametrize(
    ("marker", "client"),
    [
        (".stfolder", "Syncthing"),
        (".sync_6f1a2b3c4d5e.db", "Nextcloud or ownCloud"),
        ("._sync_6f1a2b3c4d5e.db", "Nextcloud or ownCloud"),
        (".dropbox.cache", "Dropbox"),
        (".tmp.driveupload", "Google Drive"),
        (".sync_note.txt", ""),
        (".dropbox", ""),  # stands in every home folder where Dropbox is installed
        ("stfolder", ""),
    ],
)
def test_a_folder_above_that_a_client_has_marked_is_known(marker, client):
    around = Around({f"{HOME}/team/sales": ["a.db"], f"{HOME}/team": ["sales", marker], HOME: []})
    assert synced.synced_by(f"{HOME}/team/sales/a.db", around) == client
    assert synced.synced_by(f"{HOME}/other/a.db", around) == ""


def test_folders_that_the_clients_name_are_known_wherever_they_are():
    env = {"OneDriveCommercial": "/data/acme", "ONEDRIVE": "/data/li", "HOME": HOME, "PATH": "/bin"}
    info = {"personal": {"path": "/data/box", "host": 1}, "business": {"path": "/data/Acme (x)"}}
    assert synced.told_folders(env, json.dumps(info)) == {
        "/data/acme": "OneDrive",
        "/data/li": "OneDrive",
        "/data/box": "Dropbox",
        "/data/Acme (x)": "Dropbox",
    }
    around = Around(clients={"/data/box": "Dropbox"})
    assert synced.synced_by("/data/box/a.db", around) == "Dropbox"
    assert synced.synced_by("/data/boxes/a.db", around) == ""


@pytest.mark.parametrize(
    "info", ["", "{", "[]", "3", '{"personal": 1}', '{"personal": {}}', '{"a": {"path": 1}}']
)
def test_an_info_file_that_cannot_be_read_names_no_folder(info):
    assert synced.told_folders({"OneDrive": "", "OneDriveX": "relative"}, info) == {}


def test_locks_that_nobody_sees_count_more_than_a_sync_client_and_both_more_than_a_share():
    nas = Mount("nfs4", frozenset(), "/Dropbox/a.db")
    ssh = Mount("fuse.sshfs", frozenset(), "/a.db")
    assert places.judge("/mnt/Dropbox/a.db", nas, Around()).kind == SYNCED
    assert places.judge("/mnt/Dropbox/a.db", ssh, Around()).kind == UNSAFE


# ── conflicting copies ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "is_copy"),
    [
        ("pipeline (li's conflicted copy 2026-07-01).db", True),
        ("pipeline (conflicted copy 2026-07-01 100000).db", True),
        ("pipeline_conflict-20260701-100000.db", True),
        ("pipeline.sync-conflict-20260701-100000-ABCDEFG.db", True),
        ("pipeline (li 的冲突副本 2026-07-01).db", True),
        ("pipeline(冲突文件-li-2026-07-01 10.00.00).db", True),
        ("pipeline-nas7.db", True),
        ("pipeline-NAS7.db", True),
        ("pipeline-DESKTOP-4F7K2LM.db", True),
        ("pipeline.db", False),
        ("pipeline.db-journal", False),
        ("pipeline-2026.db", False),
        ("pipeline-backup.db", False),
        ("pipeline-win-back.db", False),
        ("pipeline-nas7.csv", False),
        ("budget (li's conflicted copy 2026-07-01).xlsx", False),
    ],
)
def test_another_version_of_the_file_is_known_by_its_name(name, is_copy):
    around = Around({"/data": ["pipeline.db", name]}, host="nas7")
    assert synced.conflict_copies("/data/pipeline.db", around) == ((name,) if is_copy else ())


# ── what follows ──────────────────────────────────────────────────────────────────────────────


def place(kind: int, *copies: str) -> places.Place:
    return places.Place(kind, "it", copies)


@pytest.mark.parametrize(
    ("kind", "sharing", "warned"),
    [
        (LOCAL, "team", []),
        (LOCAL, "single-user", []),
        (SHARE, "team", ["PostgreSQL"]),
        (SHARE, "single-user", []),
        (SYNCED, "team", None),
        (SYNCED, "single-user", ["synchronises"]),
        (UNSAFE, "team", None),
        (UNSAFE, "gibberish", None),
        (UNSAFE, "single-user", ["one person"]),
    ],
)
def test_a_place_is_silent_warned_of_or_refused(kind, sharing, warned):
    if warned is None:
        with pytest.raises(Unusable, match="nothing was changed") as refused:
            places.permit(place(kind), "a.db", sharing)
        assert refused.value.hint
        assert "sharing single-user" in refused.value.hint
    else:
        told = places.permit(place(kind), "a.db", sharing)
        assert len(told) == len(warned)
        assert all(word in line for word, line in zip(warned, told, strict=True))


def test_a_write_ahead_log_on_a_share_is_refused():
    with pytest.raises(Unusable, match="write-ahead log"):
        places.permit(place(SHARE), "a.db", "team", wal=True)
    assert places.permit(place(SHARE), "a.db", "single-user", wal=True) == []


def test_many_copies_are_said_in_one_line():
    told = places.permit(place(LOCAL, "a", "b", "c", "d", "e"), "x.db", "team")
    assert len(told) == 1
    assert told[0].endswith("a, b, c and 2 more")


# ── the computer and the command line ─────────────────────────────────────────────────────────


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    found = tmp_path / "home"
    found.mkdir()
    monkeypatch.setenv("HOME", str(found))
    return found


@pytest.fixture
def mounted(tmp_path, monkeypatch):
    """Has the computer say that the test's folder is on another file system."""

    def mounted(of: str) -> None:
        told = tmp_path / "mountinfo"
        told.write_text(f"{ROOT}\n30 22 0:50 / {os.path.realpath(tmp_path)} rw - {of}\n")
        monkeypatch.setattr(places, "MOUNTINFO", str(told))

    return mounted


def moved(dealflow, folder: Path) -> Path:
    """The database, now in another folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    dealflow.path = dealflow.path.rename(folder / "pipeline.db")
    dealflow.monkeypatch.setenv("DEALFLOW_DB", str(dealflow.path))
    return dealflow.path


def refused(said) -> bool:
    return (said.code, said.out) == (7, "") and "sharing single-user" in said.err


def test_this_computer_can_be_asked(tmp_path, home):
    assert places.look(str(tmp_path / "a.db")) == (LOCAL, "", ())


def test_a_database_in_dropbox_is_not_written_until_one_person_alone_uses_it(dealflow, home):
    file = moved(dealflow, home / "Dropbox" / "sales")
    before = file.read_bytes()
    assert refused(dealflow("add", "First"))
    assert file.read_bytes() == before
    assert sorted(os.listdir(file.parent)) == ["pipeline.db"]
    assert dealflow.ok("list").err == ""

    said = dealflow.ok("settings", "set", "sharing", "single-user")
    assert "Dropbox" in said.err
    said = dealflow.ok("add", "First", "-o", "ids")
    assert (said.out, said.err.count("warning: ")) == ("1\n", 1)
    assert dealflow.ok("list", "-o", "ids").err == ""


def test_a_folder_of_another_name_that_dropbox_knows_is_refused_through_a_link_too(dealflow, home):
    file = moved(dealflow, home / "team")
    (home / "link").symlink_to(home / "team")
    dealflow.ok("add", "First")
    (home / ".dropbox").mkdir()
    told = {"personal": {"path": str(home / "team")}}
    (home / ".dropbox" / "info.json").write_text(json.dumps(told))
    assert refused(dealflow("add", "Second"))
    assert refused(dealflow("--db", str(home / "link" / file.name), "add", "Second"))
    assert len(dealflow.json("list")) == 1


def test_a_folder_that_syncthing_marked_above_is_refused(dealflow, home):
    moved(dealflow, home / "shared" / "sales" / "2026")
    (home / "shared" / ".stfolder").mkdir()
    said = dealflow("add", "First")
    assert refused(said)
    assert "Syncthing" in said.err


def test_a_refusal_is_json_where_json_was_asked_for(dealflow, home):
    moved(dealflow, home / "OneDrive")
    said = dealflow("add", "First", "--json")
    assert (said.code, said.out) == (7, "")
    assert json.loads(said.err)["error"] == "unusable"


def test_only_the_setting_itself_passes_the_refusal(dealflow, home):
    moved(dealflow, home / "Dropbox")
    assert refused(dealflow("settings", "set", "cadence.A", "3d"))
    assert refused(dealflow("settings", "set", "sharing", "team"))
    assert refused(dealflow("add", "First", "--dry-run"))
    dealflow.ok("settings", "set", "sharing", "single-user", "--dry-run")
    assert refused(dealflow("add", "First"))
    dealflow.ok("settings", "set", "sharing", "single-user")
    dealflow.ok("undo")
    assert refused(dealflow("add", "First"))


def test_sharing_is_team_or_single_user(dealflow):
    said = dealflow("settings", "set", "sharing", "singleuser")
    assert (said.code, said.out) == (2, "")
    assert "did you mean single-user?" in said.err
    found = {row["key"]: row["value"] for row in dealflow.json("settings", "list")}
    assert found["sharing"] == "team"


@pytest.mark.parametrize("command", [("init",), ("demo", "--deals", "20")])
def test_no_database_is_made_where_it_could_not_be_written(cli_without_database, home, command):
    folder = home / "Dropbox"
    folder.mkdir()
    assert refused(cli_without_database("--db", str(folder / "a.db"), *command))
    assert list(folder.iterdir()) == []


def test_one_person_alone_may_make_one_there_and_is_warned(cli_without_database, home):
    (home / "Dropbox").mkdir()
    at = ("--db", str(home / "Dropbox" / "a.db"))
    assert "warning: " in cli_without_database.ok(*at, "init", "--sharing", "single-user").err
    assert "warning: " in cli_without_database.ok(*at, "add", "First").err
    assert cli_without_database("--db", "b.db", "init", "--sharing", "both").code == 2


def test_a_share_with_working_locks_is_warned_of_on_every_write(dealflow, home, mounted):
    mounted("nfs4 nas:/sales rw,vers=4.2,local_lock=none")
    said = dealflow.ok("add", "First", "-o", "ids")
    assert (said.out, said.err.count("warning: "), "PostgreSQL" in said.err) == ("1\n", 1, True)
    assert dealflow.ok("list").err == ""
    demo = dealflow.ok("--db", str(dealflow.path.parent / "demo.db"), "demo", "--deals", "20")
    assert demo.err.count("warning: ") == 1


def test_a_write_ahead_log_is_not_written_on_a_share(dealflow, home, mounted):
    con = sqlite3.connect(dealflow.path)
    con.execute("PRAGMA journal_mode=WAL")
    con.close()
    dealflow.ok("add", "First")
    mounted("nfs4 nas:/sales rw,vers=4.2,local_lock=none")
    said = dealflow("add", "Second")
    assert (said.code, said.out, "write-ahead log" in said.err) == (7, "", True)


def test_a_share_without_locks_is_refused_to_commands_to_migrations_and_to_scripts(
    dealflow, home, mounted
):
    mounted("cifs //nas/sales rw,vers=3.0,nobrl")
    before = dealflow.path.read_bytes()
    said = dealflow("add", "First")
    assert refused(said)
    assert "nobrl" in said.err
    assert refused(dealflow("db", "migrate"))
    with pytest.raises(Unusable, match="nobrl"):
        engine(str(dealflow.path), write=True).connect()
    engine(str(dealflow.path)).connect().close()
    assert dealflow.path.read_bytes() == before
    dealflow.ok("list")
    dealflow.ok("db", "check")


def test_other_versions_beside_the_file_are_said_on_every_write_and_on_no_question(dealflow, home):
    copy = "pipeline.sync-conflict-20260701-100000-ABCDEFG.db"
    (dealflow.path.parent / copy).write_bytes(b"")
    for title in ("First", "Second"):
        said = dealflow.ok("add", title)
        assert said.err.count(copy) == 1
    assert dealflow.ok("list").err == ""


def test_a_connection_nobody_listens_to_is_permitted_all_the_same(dealflow, home, mounted):
    mounted("nfs4 nas:/sales rw,vers=4.2,local_lock=none")
    conn = connection.connect(str(dealflow.path))
    connection.permit_writing(conn)
    conn.close()
