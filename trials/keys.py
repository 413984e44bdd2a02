"""Retries with --key under kills, and edits at the same time: nothing twice, nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

from trials import files
from trials.report import Report
from trials.world import Setup, World, median_of

CONFLICT, BUSY = 4, 6
_KILLED = 0.4


def run(setup: Setup, report: Report) -> None:
    """20 keys asked for by 8 processes each, and 6 editors with 15 edits each, when full."""
    with setup.world() as world:
        world.init()
        many, askers = setup.pick(3, 5, 20), setup.pick(4, 4, 8)
        report.group(f"{many} keys × {askers} processes", *_retried(world, setup, many, askers))
    editors, edits = setup.pick(4, 4, 6), setup.pick(4, 5, 15)
    with setup.world() as world:
        world.init()
        report.group(f"{editors} editors × {edits}", *_edited(world, editors, edits))
    with setup.world() as world:
        world.init()
        report.group(f"{editors} taggers × {edits}", *_tagged(world, editors, edits))


def _retried(
    world: World, setup: Setup, many: int, askers: int
) -> tuple[dict[str, int], list[str]]:
    """Several processes ask for the same thing by the same key, killed now and then, until told."""
    usual = median_of(world, "list")
    count: Counter[str] = Counter({"acknowledged": 0, "killed": 0, "busy": 0})
    bad: list[str] = []
    lot = setup.random
    tokens = [files.token(lot) for _ in range(many)]

    def ask(token: str, random: Random) -> None:
        while True:
            line = ("add", token, "--key", f"key-{token}")
            kill = random.random() < _KILLED
            after = random.uniform(0, usual * askers)
            said = world.stopped(*line, after=after) if kill else world.run(*line)
            if said.code == 0:
                count["acknowledged"] += 1
                return
            if said.code == BUSY:
                count["busy"] += 1
            elif kill and said.code == -9:
                count["killed"] += 1
            else:
                bad.append(f"neither done nor killed: {said.told}")
                return

    with ThreadPoolExecutor(askers) as pool:
        for token in tokens:
            list(pool.map(lambda n, t=token: ask(t, Random(f"{t}{n}")), range(askers)))
    other = world.run("add", "Something else", "--key", f"key-{tokens[0]}")
    if other.code != CONFLICT:
        bad.append(f"a key for something else is not refused; {other.told}")
    titles = Counter(deal["title"] for deal in json.loads(world.ok("list", "--json").out))
    wrong = [token for token in tokens if titles[token] != 1]
    bad += [f"{titles[token]} records of {token}" for token in wrong] + world.unsound()
    return {**count, "not exactly one record": len(wrong)}, bad


def _edited(world: World, editors: int, edits: int) -> tuple[dict[str, int], list[str]]:
    """Each reads a number, and writes the next one if nobody was quicker; else reads again."""
    deal = world.ok("add", "Counted", "--source", "0").out.strip()
    count: Counter[str] = Counter({"acknowledged": 0, "conflicts": 0, "busy": 0})
    bad: list[str] = []

    def edit(_: int) -> None:
        done = tries = 0
        while done < edits and not bad:
            tries += 1
            if tries > 100 * edits:
                bad.append("edits are refused for ever")
            shown = _shown(world, deal)
            line = ("edit", deal, "--source", str(int(shown["source"]) + 1))
            said = world.run(*line, "--if-version", str(shown["version"]))
            done += said.code == 0
            count["acknowledged"] += said.code == 0
            count["conflicts"] += said.code == CONFLICT
            count["busy"] += said.code == BUSY
            if said.code not in {0, CONFLICT, BUSY}:
                bad.append(f"an edit failed: {said.told}")

    with ThreadPoolExecutor(editors) as pool:
        list(pool.map(edit, range(editors)))
    lost = count["acknowledged"] - int(_shown(world, deal)["source"])
    bad += [f"{lost} edits are lost"] if lost else []
    return {**count, "lost": lost}, bad + world.unsound()


def _shown(world: World, deal: str) -> dict[str, object]:
    found = json.loads(world.ok("show", deal, "--json").out)
    return found[0] if isinstance(found, list) else found


def _tagged(world: World, editors: int, edits: int) -> tuple[dict[str, int], list[str]]:
    """Edits that add to what is there need no version: all of them stay."""
    deal = world.ok("add", "Tagged").out.strip()
    tags = [f"t{n}" for n in range(editors * edits)]
    with ThreadPoolExecutor(editors) as pool:
        said = list(pool.map(lambda tag: world.run("edit", deal, "--tag", tag), tags))
    told = json.dumps(_shown(world, deal)["tags"])
    lost = [t for t, s in zip(tags, said, strict=True) if s.code == 0 and f'"{t}"' not in told]
    bad = [f"the tag {tag} is lost" for tag in lost]
    bad += [f"an edit failed: {s.told}" for s in said if s.code not in {0, BUSY}]
    return {"acknowledged": sum(s.code == 0 for s in said), "lost": len(lost)}, bad
