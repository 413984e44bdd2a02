"""schema: what programs can rely on."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer

from dealflow.errors import UnknownWord
from dealflow.invocation import Run
from dealflow.results import Document, Result

PATH = os.path.join(os.path.dirname(os.path.dirname(__file__)), "contract.json")


def schema(
    run: Run,  # noqa: ARG001 it asks no database
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]...", help="of one command alone", show_default=False),
    ] = None,
) -> Result:
    """Print what programs can rely on: options, JSON Schema of every answer, error codes."""
    with open(PATH, encoding="utf-8") as file:
        contract: dict[str, Any] = json.load(file)
    if command:
        contract = _of_one(contract, " ".join(command))
    text = json.dumps(contract, ensure_ascii=False, indent=2) + "\n"
    return Document(name="schema", text=text, data=contract)


def _of_one(contract: dict[str, Any], name: str) -> dict[str, Any]:
    found = contract["commands"].get(name)
    if found is None:
        raise UnknownWord("command", name, list(contract["commands"]))
    return {"contract": contract["contract"], "command": name, **found}
