"""The scripts that shells load; each hands what is typed to `dealflow __complete`."""

from __future__ import annotations

import os

SHELLS = ("bash", "zsh", "fish")


def script(shell: str) -> str:
    """The script of one of SHELLS."""
    path = os.path.join(os.path.dirname(__file__), f"dealflow.{shell}")
    with open(path, encoding="utf-8") as file:
        return file.read()
