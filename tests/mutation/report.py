"""`tests/mutation.md`, written from what `run.py` has kept."""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome
from mutants import digest

_INTRODUCTION = """\
# Mutation testing

Written by `make mutation`; the reasons come from `tests/mutation/survivors.toml`.

cosmic-ray changes `signing/` in one place at a time, and the unit tests that concern the module run
against it on a copy of the tree. A mutant is killed when a test fails or the tests do not end.
Operators: the opposite and the neighbour of each comparison, arithmetic and bit operation, numbers
one more and one less, `and`/`or`, `not`, `True`/`False`, `break`/`continue`, exceptions that are
not caught, loops that do not run, decorators taken away. Left out is what cannot show: annotations
and the rest of what only type checkers read, and the slots of a dataclass, which save memory. Which
tests concern a module stands in `tests/mutation/plan.toml`.
"""


@dataclass
class _Module:
    name: str
    commit: str = ""
    mutants: int = 0
    killed: int = 0
    untried: int = 0
    stale: bool = False
    survivors: list[tuple[int, str, str]] = field(default_factory=list)


def write_report(root: Path, kept: Path) -> int:
    """Write the report; 0 when nine of ten are killed and each survivor has its reason."""
    reasons = {
        (each["module"], each["was"], each["now"]): each["why"]
        for each in tomllib.loads(
            Path(__file__).with_name("survivors.toml").read_text("utf-8")
        ).get("survivor", [])
    }
    package = root / "signing" / "ncloud_datastream"
    every = sorted(
        str(path.relative_to(package).with_suffix(""))
        for path in package.rglob("*.py")
        if path.name not in ("__init__.py", "_version.py", "way.py")
    )
    modules = [_read(package, kept, name) for name in every]
    run = [module for module in modules if module.mutants]
    mutants, killed = (
        sum(module.mutants for module in run),
        sum(module.killed for module in run),
    )
    unexplained = [
        (module.name, was, now)
        for module in run
        for _, was, now in module.survivors
        if (module.name, was, now) not in reasons
    ]
    verdict = (
        f"{killed} of {mutants} mutants killed ({killed / max(mutants, 1):.1%}) "
        f"in {len(run)} of {len(modules)} modules; {mutants - killed} survivors, "
        f"{len(unexplained)} without a reason"
    )
    lines = [_INTRODUCTION, f"**{verdict}.**", ""]
    lines += ["| module | commit | mutants | killed | survivors |", "|---|---|---:|---:|---:|"]
    for module in run:
        note = " (source changed since)" if module.stale else ""
        note += f" ({module.untried} more not tried)" if module.untried else ""
        lines.append(
            f"| `{module.name}` | {module.commit} | {module.mutants}{note} | "
            f"{module.killed} ({module.killed / module.mutants:.0%}) | {len(module.survivors)} |"
        )
    if unrun := [f"`{module.name}`" for module in modules if not module.mutants]:
        lines += ["", f"Not run: {', '.join(unrun)}."]
    lines += ["", "No mutants of interest: `__init__` (lazy names), `_version`, `sending/way`."]
    for module in run:
        if module.survivors:
            lines += ["", f"## `{module.name}`", ""]
            counted = Counter((was, now) for _, was, now in module.survivors)
            for (was, now), times in counted.items():
                why = reasons.get((module.name, was, now), "**no reason given yet**")
                again = f" ({times} times)" if times > 1 else ""
                lines.append(f"- `{was}` → `{now}`{again}: {why}")
    (root / "tests" / "mutation.md").write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(f"mutation: {verdict}\n")
    return int(killed < 0.9 * mutants or bool(unexplained))


def _read(package: Path, kept: Path, name: str) -> _Module:
    module = _Module(name)
    begun = kept / f"{name.replace('/', '.')}.json"
    if not begun.exists():
        return module
    known = json.loads(begun.read_text("utf-8"))
    module.commit = known["commit"]
    module.stale = known["source_digest"] != digest((package / f"{name}.py").read_bytes())
    with use_db(kept / f"{name.replace('/', '.')}.sqlite") as database:
        module.untried = len(database.pending_work_items)
        for item, result in database.completed_work_items:
            if result.worker_outcome == WorkerOutcome.SKIPPED:
                continue
            module.mutants += 1
            if result.test_outcome == TestOutcome.SURVIVED:
                was, _, now = (result.diff or "\n").partition("\n")
                module.survivors.append((item.mutations[0].start_pos[0], was, now))
            else:
                module.killed += 1
    module.survivors.sort()
    return module
