"""The words that can stand where the cursor is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dealflow.completing.fitting import Word
from dealflow.completing.index import Index
from dealflow.completing.place import Place, place
from dealflow.named import NamedTuple

MOST = 100
"""Words that are offered at once."""
FILE = "file"
"""The kind of words that the shell knows better."""


class Offered(NamedTuple):
    """What there is to offer."""

    words: list[Word]
    files: bool = False
    """Whether the shell is to offer files as well."""
    cut: bool = False
    """Whether there is more than this."""


def offered(words: Sequence[str], typed: str, env: Mapping[str, str]) -> Offered:
    """What can stand in place of `typed`, after these words (the program's name is none)."""
    index = Index()
    here = place(index, words)
    takes, before = _taken(here, typed)
    found: list[Word] = []
    if takes is None:
        found += _further(here, typed)
        found += _options(here, typed)
        takes = [] if typed.startswith("--") else here.standing
    part = typed.removeprefix(before)
    values, cut = _values(index, here, takes, part, env)
    found += [one._replace(word=before + one.word) for one in values]
    once = {one.word: one for one in reversed(found)}
    return Offered([*reversed(once.values())][:MOST], FILE in takes, cut or len(once) > MOST)


def _taken(here: Place, typed: str) -> tuple[list[str] | None, str]:
    """The kinds of words an option takes, if one is open, and what stands before its value."""
    option, before = here.pending, ""
    if option is None and typed.startswith("--") and "=" in typed and not here.ended:
        name, equals, _ = typed.partition("=")
        option, before = here.command.option(name), name + equals
    takes = (option.takes or "").split("+") if option else None
    return takes, before


def _further(here: Place, typed: str) -> list[Word]:
    """The commands of a group."""
    if here.arguments:
        return []
    inside = here.command.inside
    return [Word(word, about) for word, about in inside.items() if word.startswith(typed)]


def _options(here: Place, typed: str) -> Iterator[Word]:
    """Those not yet given, by their long names; by a short one where that is typed."""
    if typed[:1] != "-" or here.ended:
        return
    for option in here.command.options:
        if option.names[0] in here.options and not option.many:
            continue
        for name in option.names:
            if name.startswith(typed) and (name.startswith("--") or name == typed):
                yield Word(name, option.about)


def _values(
    index: Index, here: Place, takes: Iterable[str], part: str, env: Mapping[str, str]
) -> tuple[list[Word], bool]:
    """The words of each kind that begin as typed, and whether there are more."""
    kinds = [kind for kind in takes if kind and kind != FILE]
    if not kinds:
        return [], False
    from dealflow.completing.sources import Sources

    sources = Sources(index, here, env)
    try:
        found = [
            word for kind in sources.fitting(kinds, part) for word in sources.words(kind, part)
        ]
        return found, sources.glimpse.is_cut
    finally:
        sources.glimpse.close()
