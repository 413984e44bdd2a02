"""The catalogues: reps, customers, contacts, products, stages, settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dealflow.analytics.worklist import PARTS
from dealflow.errors import NotFound
from dealflow.money import Money, shown
from dealflow.questions import Ask, columns, definitions, recycling
from dealflow.questions.shaping import shaped
from dealflow.questions.telling import percent
from dealflow.requirements import explain
from dealflow.results import (
    BOOL,
    ID,
    INSTANT,
    INT,
    LIST,
    MACHINE,
    MONEY,
    NUMBER,
    SCREEN,
    TEXT,
    Column,
    Document,
    Record,
    Row,
    Table,
)
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import lists, pipelines
from dealflow.store.settings import FAMILIES, SETTINGS, route, stored
from dealflow.store.standing import Standing, standing
from dealflow.text import fold

_ABOUT = {
    "timezone": "the business time zone: what a day is, for everybody",
    "currency": "what amounts are in that name no other",
    "cadence.A": "how often a customer of grade A is to be contacted",
    "cadence.B": "of grade B",
    "cadence.C": "of grade C",
    "cadence.-": "of no grade",
    "workdays": "the days of the week that are worked: mon-fri, sun-thu, mon,wed,fri",
    **{f"next.{part}": f"what it counts in dealflow next: {part}" for part in PARTS},
    "pipeline": "where new deals go; empty is the first one",
    "manager": "who is told when follow-ups of others stay late; manager.TEAM for one team",
    "escalate.rep": "days late after which it stands out in the rep's digest; 0: never",
    "escalate.manager": "after which the manager is told as well",
    "escalate.reassign": "after which it is proposed to hand the deal over",
    **recycling.ABOUT,
    "sharing": "team, or single-user: one person may write where a team may not",
}
SETTINGS_COLUMNS = (
    *columns.SETTINGS[:2],
    Column("default", "default"),
    Column("about", "what it is"),
)

STAGES = (
    Column("key", "stage", ID),
    Column("name", "name"),
    Column("pipeline", "pipeline"),
    Column("position", "position", INT, MACHINE, "1 for the first"),
    Column("kind", "kind", TEXT, MACHINE, "open, or won for the last"),
    Column("probability", "probability", TEXT, SCREEN),
    Column("probability", "probability", NUMBER, MACHINE, "0 to 1"),
    Column("expected_days", "expected days", INT),
    Column("deals", "open deals", INT),
    Column("value", "value", MONEY, about="of the deals in the base currency"),
    columns.CURRENCY,
    Column("standard", "standard"),
    Column("retired", "retired", BOOL, MACHINE),
    Column("id", "id", INT, MACHINE),
)

STAGE = (
    *STAGES[:12],
    Column("activities", "key activities", LIST),
    Column("result", "expected result"),
    *STAGES[12:],
)
RULES = (
    Column("rule", "rule", TEXT, MACHINE, "as the pipeline's document writes it"),
    Column("told", "asks for", about="as a sentence says it"),
)
DEFINITIONS = (
    Column("effective_from", "from", INSTANT),
    Column("name", "name"),
    Column("probability", "probability", TEXT, SCREEN),
    Column("probability", "probability", NUMBER, MACHINE, "0 to 1"),
    Column("expected_days", "expected days", INT),
    Column("standard", "standard"),
)

Listed = tuple[tuple[Column, ...], Sequence[Row]]
Totals = dict[int, tuple[int, dict[str, int]]]
"""By stage: open deals, and their value by currency."""


# ── people and things ─────────────────────────────────────────────────────────────────────────


def reps(ask: Ask) -> Table:
    """Everybody, those who are active first."""
    return _whole(ask, "reps", "rep", "dealflow reps add NAME adds the first")


def products(ask: Ask) -> Table:
    return _whole(ask, "products", "product", "no products; dealflow products add NAME")


def _whole(ask: Ask, name: str, table: str, empty: str) -> Table:
    declared = columns.WRITTEN[table]
    rows = shaped(declared, lists.everything(ask.conn, table, ask.now))
    return Table(name=name, columns=declared, rows=rows, empty=empty)


def _about(key: str) -> str | None:
    named = route(key)
    return f"where new deals of {named[1]} go" if named else _ABOUT.get(key)


def settings(ask: Ask) -> Table:
    """Every setting with its value, set or not."""
    rows = [
        (key, value or None, SETTINGS.get(key) or None, _about(key))
        for key, value in stored(ask.conn, ask.now).items()
        if key in SETTINGS or key.startswith(FAMILIES) or route(key)
    ]
    return Table(name="settings", columns=SETTINGS_COLUMNS, rows=rows)


# ── stages ────────────────────────────────────────────────────────────────────────────────────


def stages(ask: Ask) -> Table:
    """The stages of every pipeline in order, with the deals that are there as of now."""
    totals = _totals(standing(ask.conn, ask.now))
    rows = [
        _stage_row(ask, pipeline, stage, totals)
        for pipeline in pipelines.as_they_stood(ask.conn, ask.now)
        for stage in pipeline.stages
        if not stage.retired or stage.id in totals
    ]
    return Table(
        name="stages",
        columns=_shown(STAGES, rows),
        rows=rows,
        notes=_foreign(ask, totals),
        empty="no pipelines; dealflow stages apply FILE",
    )


def _shown(declared: tuple[Column, ...], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The pipeline's column stands on the screen only where there are several."""
    if len({row[2] for row in rows}) > 1:
        return declared
    return tuple(c._replace(on=MACHINE) if c.name == "pipeline" else c for c in declared)


def _totals(found: Sequence[Standing]) -> Totals:
    totals: Totals = defaultdict(lambda: (0, {}))
    for stage_id, currency, deals, value in found:
        count, values = totals[stage_id]
        totals[stage_id] = count + deals, {**values, currency: value}
    return dict(totals)


def _stage_row(ask: Ask, pipeline: PipelineSpec, stage: StageSpec, totals: Totals) -> Row:
    deals, values = totals.get(stage.id, (0, {}))
    held = stage.kind == "open"
    return (
        stage.key,
        stage.name,
        pipeline.key,
        stage.position,
        stage.kind,
        None if stage.probability is None else percent(stage.probability),
        stage.probability,
        stage.expected_days,
        deals if held else None,
        Money(values.get(ask.currency, 0), ask.currency) if held else None,
        ask.currency,
        stage.standard or None,
        stage.retired,
        stage.id,
    )


def _foreign(ask: Ask, totals: Totals) -> tuple[str, ...]:
    """Values in other currencies, which are never added to the rest."""
    others: dict[str, int] = defaultdict(int)
    for _, values in totals.values():
        for currency, value in values.items():
            others[currency] += value if currency != ask.currency else 0
    told = ", ".join(shown(Money(value, code)) for code, value in sorted(others.items()) if value)
    return (f"besides, in other currencies: {told}",) if told else ()


def stage(ask: Ask, word: str, pipeline: str | None = None) -> Record:
    """One stage: its standard, activities, result, what it asks for and what suggests it.

    `pipeline` is a key, needed only where several have a stage of that name. Error: NotFound.
    """
    spec, found = _find_stage(ask, word, pipeline)
    totals = _totals(standing(ask.conn, ask.now))
    row = _stage_row(ask, spec, found, {found.id: totals.get(found.id, (0, {}))})
    facts = (*row[:12], found.activities, found.result or None, *row[12:])
    return Record(
        name="stage",
        title=f"{found.name} ({found.key})",
        columns=STAGE,
        row=facts,
        sections=(
            _rules("requires", found.requires, "nothing is asked for"),
            _rules("signals", found.signals, "none"),
            definitions.steps(found.plan),
            _definitions(ask, found),
        ),
        notes=_foreign(ask, {found.id: totals.get(found.id, (0, {}))}),
    )


def stage_history(ask: Ask, word: str, pipeline: str | None = None) -> Table:
    """Every definition of one stage, the latest first, those to come too. Error: NotFound."""
    spec, found = _find_stage(ask, word, pipeline)
    return definitions.history(ask, spec, found)


def _find_stage(ask: Ask, word: str, key: str | None) -> tuple[PipelineSpec, StageSpec]:
    """The first pipeline that knows the word, the database's own choice before the others."""
    specs = pipelines.as_they_stood(ask.conn, ask.now) if key is None else _called(ask, key)
    specs.sort(key=lambda spec: spec.key != ask.setting("pipeline"))
    for spec in specs:
        try:
            return spec, spec.stage(word)
        except NotFound:
            continue
    names = [name for spec in specs for s in spec.stages for name in (s.name, s.key)]
    raise NotFound("stage", word, names, hint="dealflow stages list")


def _called(ask: Ask, word: str) -> list[PipelineSpec]:
    """The pipelines with this key or name. Error: NotFound."""
    specs = pipelines.as_they_stood(ask.conn, ask.now)
    found = [spec for spec in specs if fold(word) in {fold(spec.key), fold(spec.name)}]
    if not found:
        known = [name for spec in specs for name in (spec.key, spec.name)]
        raise NotFound("pipeline", word, known, "dealflow stages list shows them")
    return found


def _rules(name: str, rules: Sequence[object], empty: str) -> Table:
    rows = [(str(rule), explain(rule)) for rule in rules]  # type: ignore[arg-type]
    return Table(name=name, columns=RULES, rows=rows, empty=empty)


def _definitions(ask: Ask, found: StageSpec) -> Table:
    rows = [
        (since, name, None if share is None else percent(share), share, expected, standard or None)
        for since, name, share, expected, standard in lists.definitions(ask.conn, found.id, ask.now)
    ]
    return Table(name="definitions", columns=DEFINITIONS, rows=rows, empty="none")


def pipeline_document(ask: Ask, word: str | None = None) -> Document:
    """A pipeline as the TOML that `stages apply` reads; without a word, the database's own."""
    import tomllib

    from dealflow.pipelines import pipeline_toml

    wanted = word or ask.setting("pipeline")
    specs = _called(ask, wanted) if wanted else pipelines.as_they_stood(ask.conn, ask.now)
    if not specs:
        raise NotFound("pipeline", wanted, hint="dealflow stages apply FILE makes one")
    text = pipeline_toml(specs[0])
    return Document(name="pipeline", text=text, data=tomllib.loads(text))
