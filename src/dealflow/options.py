"""The options that every command has."""

from __future__ import annotations

from dataclasses import dataclass

#: what a file's ending says of its format; the last three are documents, which have one format
ENDINGS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "json": "json",
    "md": "md",
    "xlsx": "xlsx",
    "ics": "ics",
    "vcf": "vcf",
    "toml": "toml",
}


def format_of(path: str) -> str | None:
    """The format that a file's ending names, if it does."""
    return ENDINGS.get(path.rpartition(".")[2].casefold()) if "." in path else None


def names_a_file(word: str | None) -> bool:
    """Whether what stands behind -o is a file and not a format."""
    return word is not None and ("." in word or "/" in word)


@dataclass(slots=True, repr=False, eq=False)
class Options:
    """The options that every command has; None and False where nothing was said."""

    db: str | None = None
    actor: str | None = None
    output: str | None = None
    json: bool = False
    no_header: bool = False
    raw: bool = False
    excel: bool = False
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
