"""What commands return: plain values with named, typed columns. The writers in output/ draw them.

A column is declared once; table, JSON, CSV and the reference derive from it. Cell values are raw:

    TEXT, ID, INT     str or int                LIST      tuple of str
                                                NAMES     the same, and TAGS: with semicolons
    MONEY             money.Money               BOOL      bool
    RATE              Rate                      DAY       datetime.date
    DIFFERENCE        Difference                INSTANT   int, epoch seconds UTC
    NUMBER            float                     SPARK     tuple of float, 0 to 1, or None
    SHARE             float, 0 to 1                   VALUE     int, float or str, as it is
    DUE               date or int (an instant)
    SENTENCE          str that is what the row is about: on a screen cut last of all
    BAR               two floats, 0 to 1: from where to where a bar goes, on a screen only

`None` is absent in every kind: JSON null, an empty cell elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from dealflow.frozen import Frozen
from dealflow.named import NamedTuple

TEXT, ID, INT, NUMBER, SHARE, VALUE = "text", "id", "int", "number", "share", "value"
MONEY, RATE, BOOL = "money", "rate", "bool"
LIST, NAMES, TAGS = "list", "names", "tags"
DIFFERENCE = "difference"
DAY, INSTANT, DUE = "day", "instant", "due"
SENTENCE = "sentence"
SPARK, BAR = "spark", "bar"
#: kinds that are a drawing of what other columns say
DRAWINGS = frozenset({SPARK, BAR})

BOTH, MACHINE, SCREEN = "both", "machine", "screen"


class Column(NamedTuple):
    """`name` is the stable field name; `label` the heading a person sees; `on` says where."""

    name: str
    label: str
    kind: str = TEXT
    on: str = BOTH
    about: str = ""


class Rate(NamedTuple):
    """A proportion with its counts and its 95 % interval; all None when trials is 0.

    Wilson's, where nothing else is said. `value` is successes / trials, unless it is estimated
    from trials of which some are still going.
    """

    successes: int
    trials: int
    value: float | None
    low: float | None
    high: float | None


class Difference(NamedTuple):
    """One proportion less another, -1 to 1, with its 95 % interval; None where one is absent."""

    value: float | None
    low: float | None
    high: float | None


Row = Sequence[Any]


class Table(Frozen):
    """A list of records. JSON: an array of flat objects."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    summary: tuple[str, ...] = ()
    """What the rows come to; drawn below them, and left out of the machine formats."""
    notes: tuple[str, ...] = ()
    """What has to be said in every format: on stderr where the format has no room."""
    empty: str = "nothing to show"
    """What a person reads on a terminal when there are no rows."""
    exit_code: int = 0


class Stream(Frozen):
    """A list of records that are read while they are written: for machine formats only.

    Its rows can be gone through once, as long as the read that they come from is open.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    as_of: int
    """Epoch seconds UTC: the `now` at which the records stood so."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    exit_code: int = 0


class Record(Frozen):
    """One thing in full. JSON: an object; each section is an array inside it."""

    name: str
    title: str
    columns: tuple[Column, ...]
    row: Row
    sections: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    exit_code: int = 0


class Report(Frozen):
    """An answer with its definition. JSON: {report, as_of, definition, parameters, rows, notes}."""

    name: str
    title: str
    as_of: int
    """Epoch seconds UTC: the `now` that the figures are a function of."""
    definition: str
    parameters: Mapping[str, Any]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    notes: tuple[str, ...] = ()
    empty: str = "nothing to report"
    page: bool = False
    """Whether Markdown shows it whole, to be pasted: headings, sections, remarks, definition."""
    total: Row | None = None
    """All rows together, where that means something: the last line on a screen, `total` in JSON."""
    panels: tuple[tuple[str, ...], ...] = ()
    """How a wide report is drawn: each a table of the columns named. Nothing: one table of all."""
    sections: tuple[Table, ...] = ()
    """Further tables of the same report; terminals and JSON show them, flat formats do not."""
    drawn: tuple[Table, ...] = ()
    """What a terminal shows in place of the rows: the same figures, crossed or as sparklines."""
    exit_code: int = 0


class Written(Frozen):
    """What a change wrote. In a pipe the ids; `said` goes to stderr for a person."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    said: tuple[str, ...] = ()
    many: bool = False
    """Whether the command takes several targets: JSON is then an array even for one."""
    exit_code: int = 0


class Document(Frozen):
    """Text that is its own format (a pipeline as TOML): the same in every format but JSON."""

    name: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """The same content for --json."""
    line_end: str = "\n"
    """What the format asks for at the end of a line."""
    exit_code: int = 0


Result = Table | Stream | Record | Report | Written | Document
Results = Result | tuple[Result, ...]
"""What a command returns; several are shown one after another."""
