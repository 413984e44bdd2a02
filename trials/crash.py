"""Many processes write at once and are killed at random: what was acknowledged is there, once.

Every command carries a token of its own. Where the tokens of a calm command of each kind stand in
the file is its footprint; afterwards each acknowledged token must have it exactly, each other one
exactly or not at all. An edit is overwritten by the next one, and then stands in the journal alone;
the last one of each deal must stand in the deal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import NamedTuple

from trials import files
from trials.report import Report, waits
from trials.world import Said, Setup, World, median_of

_KILLED = 0.15
BUSY, REFUSED = 6, 5
#: where an edit stands until the next one
_CURRENT = ("opportunity", "source")
#: what was there before belongs to another command
_EARLIER = ("change", "before")
KINDS = ("add", "log", "edit", "move")


class Try(NamedTuple):
    deal: str
    kind: str
    token: str
    said: Said
    told: bool
    """Whether it was to be killed."""


def run(setup: Setup, report: Report) -> None:
    """32 processes and 200 commands each, when full."""
    workers, writes = setup.pick(6, 8, 32), setup.pick(12, 15, 200)
    for journal in ("server",) if setup.server else ("rollback", "wal"):
        with setup.world() as world:
            world.init()
            deals = [world.ok("add", f"Deal {n}").out.strip() for n in range(workers + 1)]
            if not setup.server:
                files.set_journal(world.db, journal)
            calm = _calm(world, deals[workers], setup.random)
            tries = _crowd(world, deals[:workers], writes, setup.seed)
            figures, bad = judge(tries, world.footprints(), calm)
            bad += world.unsound()
            report.group(f"{workers} × {writes}, {journal}", figures, bad)


def words(kind: str, deal: str, token: str, turn: int) -> Sequence[str]:
    """A command of a kind on a worker's own deal, which stands in the first or second stage."""
    if kind == "move":
        way = ("back", deal, "first") if turn % 2 else ("advance", deal, "second")
        return (*way, "--note", token)
    return {
        "add": ("add", token, "--account", "Acme", "--value", "12k"),
        "log": ("log", deal, "call", token, "--next", "+3d"),
        "edit": ("edit", deal, "--source", token),
    }[kind]


def _calm(world: World, deal: str, random: Random) -> dict[str, list[files.Footprint]]:
    """The footprints that a command of each kind can have: a move there, and one back."""
    found: dict[str, list[files.Footprint]] = {}
    for kind, turn in [*((kind, 0) for kind in KINDS), ("move", 1)]:
        token = files.token(random)
        world.ok(*words(kind, deal, token, turn))
        found.setdefault(kind, []).append(_once(kind, world.footprints().get(token)))
    (edited,) = found["edit"]
    found["edit"].append(files.Footprint({at: n for at, n in edited.items() if at != _CURRENT}))
    return found


def _once(kind: str, found: files.Footprint | None) -> files.Footprint:
    """A footprint by which others can be judged: each token stands once in each place."""
    if not found or max(found.values()) > 1:
        raise RuntimeError(f"a calm {kind} was acknowledged, and stands in {dict(found or {})}")
    return found


def _crowd(world: World, deals: Sequence[str], writes: int, seed: int) -> list[Try]:
    usual = median_of(world, "list", "--json") * max(1, len(deals) / 2)
    with ThreadPoolExecutor(len(deals)) as pool:
        each = pool.map(
            lambda at: _worker(world, deals[at], writes, (Random(seed * 1000 + at), usual)),
            range(len(deals)),
        )
        return [one for tries in each for one in tries]


def _worker(world: World, deal: str, writes: int, lot: tuple[Random, float]) -> list[Try]:
    random, usual = lot
    tries: list[Try] = []
    moved = 0
    for _ in range(writes):
        kind, token = random.choice(KINDS), files.token(random)
        line = words(kind, deal, token, moved)
        kill = random.random() < _KILLED
        said = world.stopped(*line, after=random.uniform(0, usual)) if kill else world.run(*line)
        tries.append(Try(deal, kind, token, said, kill))
        if kind == "move":
            moved = _moved(world, deal, said, moved)
        elif said.code == 0:
            usual = (usual * 9 + said.seconds * 1.3) / 10
    return tries


def _moved(world: World, deal: str, said: Said, moved: int) -> int:
    """How often the deal has moved; a killed move may have happened, so the file is asked."""
    if said.code == 0:
        return moved + 1
    return 0 if '"first"' in world.run("show", deal, "--json").out.replace(" ", "") else 1


def judge(
    tries: Sequence[Try],
    found: dict[str, files.Footprint],
    calm: dict[str, list[files.Footprint]],
) -> tuple[dict[str, object], list[str]]:
    """Figures and bad cases of a crowd's tries, by the tokens found in the file."""
    count: Counter[str] = Counter()
    bad: list[str] = []
    last: dict[str, str] = {}
    for one in tries:
        state = _state(found.get(one.token, files.Footprint()), calm[one.kind])
        outcome = _outcome(one, state)
        count[outcome] += 1
        if one.kind == "edit" and state == "whole":
            last[one.deal] = one.token
        if outcome not in {"acknowledged", "killed", "killed but saved", "busy", "refused"}:
            bad.append(f"{outcome}: {one.kind} {one.token} is {state}; {one.said.told}")
    overwritten = [at for at, token in last.items() if _CURRENT not in found[token]]
    count["lost"] += len(overwritten)
    bad += [f"lost: deal {deal} does not hold its last edit {last[deal]}" for deal in overwritten]
    names = ("acknowledged", "killed", "killed but saved", "busy", "refused")
    names += ("lost", "doubled", "torn", "odd")
    took = [one.said.seconds for one in tries if one.said.code == 0]
    return {**{name: count[name] for name in names}, **waits(took)}, bad


def _state(found: files.Footprint, calm: Sequence[files.Footprint]) -> str:
    found = files.Footprint({at: n for at, n in found.items() if at != _EARLIER})
    if not found:
        return "absent"
    if found in calm:
        return "whole"
    doubled = any(set(found) == set(one) and found > one for one in calm)
    return "doubled" if doubled else "torn"


def _outcome(one: Try, state: str) -> str:
    if state in {"doubled", "torn"}:
        return state
    if one.said.code == 0:
        return "acknowledged" if state == "whole" else "lost"
    if one.told and one.said.code == -9:
        return "killed but saved" if state == "whole" else "killed"
    if one.kind == "move" and one.said.code == REFUSED and state == "absent":
        return "refused"  # the move before it was killed: the deal is there already
    return "busy" if one.said.code == BUSY and state == "absent" else "odd"
