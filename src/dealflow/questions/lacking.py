"""What is missing on the customers and contact persons of open deals: a part of `dealflow gaps`.

What a team declares as a field of its customers or people is what it wants to know of each of them;
a stage cannot ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dealflow.customfields import MARK
from dealflow.named import NamedTuple
from dealflow.store.customfields import declared_on
from dealflow.store.lacking import Lacking, lacking
from dealflow.store.scope import Scope

#: kinds of gaps, and the kind of record that each is on
OF_RECORDS = {"account_fields": "account", "contact_fields": "contact"}


class Blank(NamedTuple):
    """A customer or a person, and what is not known of them."""

    kind: str
    """One of OF_RECORDS."""
    of: Lacking
    called: tuple[str, ...]
    """The fields as people call them."""

    @property
    def what(self) -> str:
        whose = "the customer" if OF_RECORDS[self.kind] == "account" else self.of.name
        return f"{', '.join(self.called)} of {whose}"

    @property
    def names(self) -> tuple[str, ...]:
        """The fields as questions name them: `field:account.tier`."""
        return tuple(f"{MARK}{OF_RECORDS[self.kind]}.{key}" for key in self.of.fields)

    @property
    def command(self) -> str:
        """What fills them in."""
        told = " ".join(f"--set {key}=…" for key in self.of.fields)
        return f"dealflow {OF_RECORDS[self.kind]}s edit {self.of.id} {told}"


def asked(about: Scope, now: int) -> dict[str, dict[str, str]]:
    """By kind what its fields are called, by their keys: of kinds for which there are any."""
    declared = {kind: declared_on(about.conn, owner, now) for kind, owner in OF_RECORDS.items()}
    return {kind: {row.key: row.name for row in rows} for kind, rows in declared.items() if rows}


def blanks(about: Scope, kind: str, names: Mapping[str, str]) -> Iterator[Blank]:
    """What is not known of the customers, or people, of open deals."""
    for found in lacking(about, OF_RECORDS[kind], list(names)):
        yield Blank(kind, found, tuple(names[key] for key in found.fields))
