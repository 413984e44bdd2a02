"""The options that every command has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, repr=False, eq=False)
class Options:
    """The options that every command has; None and False where nothing was said."""

    db: str | None = None
    actor: str | None = None
    output: str | None = None
    json: bool = False
    no_header: bool = False
    raw: bool = False
    as_of: str | None = None
    yes: bool = False
    dry_run: bool = False
    once: str | None = None
    """The --key: what a script calls this change, so that it is done once."""

    def over(self, other: Options) -> Options:
        """These options, with what they leave unsaid taken from `other`."""
        said = {name: getattr(self, name) for name in self.__slots__}
        unsaid = (None, False)
        return Options(**{n: getattr(other, n) if v in unsaid else v for n, v in said.items()})
