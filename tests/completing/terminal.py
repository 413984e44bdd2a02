"""A shell on a pseudo-terminal, with keys pressed on it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "src" / "dealflow" / "completing" / "scripts"

_START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
_READY = {
    "bash": "bind 'set enable-bracketed-paste off'\n",
    "zsh": "autoload -Uz compinit; compinit -u -D; bindkey -e\n",
    "fish": "function fish_prompt; echo '$ '; end\n",
}
#: shows each word as the shell has understood it
_WORDS = {
    "bash": 'words() { printf "<%s>" "$@"; echo E"N"D; }\n',
    "zsh": 'words() { printf "<%s>" "$@"; echo E"N"D; }\n',
    "fish": 'function words; printf "<%s>" $argv; echo E"N"D; end\n',
}
#: a shell controls the terminal that it is on
_OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execvp(sys.argv[1], sys.argv[1:])"
)
#: seconds until a shell that says nothing more is given up
_PATIENCE = 60


class Shell:
    """Type a line with TAB in it (`\\t`), and see what words it has become."""

    def __init__(self, name: str, env: dict[str, str], columns: int = 100) -> None:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
        self.fd, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, *_START[name]],
            stdin=terminal, stdout=terminal, stderr=terminal, env=env, start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        self._send(_READY[name] + f"source {SCRIPTS}/dealflow.{name}\n" + _WORDS[name])
        self._send('echo RE"AD"Y\n')
        self._until("READY")

    def _send(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def _until(self, mark: str) -> str:
        seen = b""
        while mark.encode() not in seen:
            ready, _, _ = select.select([self.fd], [], [], _PATIENCE)
            if not ready:
                raise AssertionError(f"waited in vain for {mark}: {seen.decode(errors='replace')}")
            seen += os.read(self.fd, 65536)
        return seen.decode(errors="replace")

    def press(self, line: str) -> tuple[list[str], str]:
        """The words of the line, and all that was seen on the screen meanwhile."""
        self._send(line + "\x01words \n")
        seen = self._until("END")
        said = seen[seen.rindex("<dealflow>") : seen.rindex("END")]
        return re.findall(r"<(.*?)>(?=<|$)", said), seen

    def words(self, line: str) -> list[str]:
        return self.press(line)[0][1:]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.fd)


def surroundings(home: Path, db: str) -> dict[str, str]:
    """What a shell finds, and hands on to dealflow."""
    here = Path(sys.executable).parent
    return {
        "PATH": f"{here}:{os.environ['PATH']}",
        "HOME": str(home),
        "ZDOTDIR": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "PS1": "$ ",
        "DEALFLOW_DB": db,
        "DEALFLOW_REP": "li",
    }
