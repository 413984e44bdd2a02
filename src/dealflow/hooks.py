"""Programs of the user's own that are told of each change once it is saved.

They stand in the folder `hooks` beside config.toml: every file there that can be executed is run,
in the order of its name, with the journal's entry as one line of JSON on its stdin, when the change
is committed and before the command ends. What it prints goes to stderr. A hook that fails, or that
takes longer than PATIENCE, is a warning: the change stays.

Nothing is run that others could have put there or written to, and nothing from the current folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from dealflow import config

FOLDER = "hooks"
PATIENCE = 10
"""Seconds that a hook may take."""


def found(env: Mapping[str, str]) -> tuple[str, ...]:
    """The hooks in their order. Error: Unusable for one, or a folder, that others can write."""
    folder = os.path.join(config.folder(env), FOLDER)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ()
    paths = [os.path.join(folder, name) for name in names if not name.startswith(".")]
    ready = tuple(path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK))
    for path in ready:
        config.must_be_ours(path)
    return ready


def call(path: str, told: str) -> str | None:
    """Run a hook; what to warn of, if anything went wrong."""
    import subprocess  # nosec B404
    import sys

    sys.stdout.flush()
    try:
        done = subprocess.run(  # noqa: S603 # nosec B603 the user's own program
            [path], input=f"{told}\n".encode(), stdout=2, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"hook {path} took longer than {PATIENCE} seconds and was ended"
    except OSError as exc:
        return f"hook {path} cannot be run: {(exc.strerror or str(exc)).lower()}"
    return f"hook {path} ended with {done.returncode}" if done.returncode else None
