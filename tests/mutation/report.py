"""Write `tests/mutation.md` from the results that `run.py` stored."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome
from mutants import digest

_INTRODUCTION = """\
# Mutation testing

Written by `make mutation`.

cosmic-ray changes `signing/` in one place at a time, and the tests of the module run against it in
a copy of the tree. A mutant is killed if a test fails or the tests do not finish. Operators: the
opposite and the neighbor of each comparison, arithmetic and bit operation, numbers plus and minus
one, `and`/`or`, `not`, `True`/`False`, `break`/`continue`, exceptions that are not caught, loops
that do not run, removed decorators. Excluded is what tests cannot observe: annotations, other code
for type checkers, and the slots of dataclasses. `tests/mutation/plan.toml` lists the tests of each
module. The run prints each survivor: it is a gap in the tests, or an equivalent program.
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


def write_report(root: Path, results: Path) -> int:
    """Write the report, print the survivors; return 0 if nine of ten mutants are killed."""
    package = root / "signing" / "ncloud_datastream"
    every = sorted(
        str(path.relative_to(package).with_suffix(""))
        for path in package.rglob("*.py")
        if path.name not in ("__init__.py", "_version.py")
    )
    modules = [_read(package, results, name) for name in every]
    run = [module for module in modules if module.mutants]
    mutants, killed = (
        sum(module.mutants for module in run),
        sum(module.killed for module in run),
    )
    verdict = (
        f"{killed} of {mutants} mutants killed ({killed / max(mutants, 1):.1%}) "
        f"in {len(run)} of {len(modules)} modules"
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
        for line, was, now in module.survivors:
            sys.stdout.write(f"{module.name}:{line}: {was} -> {now}\n")
    if unrun := [f"`{module.name}`" for module in modules if not module.mutants]:
        lines += ["", f"Not run: {', '.join(unrun)}."]
    (root / "tests" / "mutation.md").write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(f"mutation: {verdict}\n")
    return int(killed < 0.9 * mutants)


def _read(package: Path, results: Path, name: str) -> _Module:
    module = _Module(name)
    begun = results / f"{name.replace('/', '.')}.json"
    if not begun.exists():
        return module
    known = json.loads(begun.read_text("utf-8"))
    module.commit = known["commit"]
    module.stale = known["source_digest"] != digest((package / f"{name}.py").read_bytes())
    with use_db(results / f"{name.replace('/', '.')}.sqlite") as database:
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
