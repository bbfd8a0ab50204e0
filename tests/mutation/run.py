"""Mutation testing of `signing/`: every surviving mutant may be a gap in the tests.

::

    python tests/mutation/run.py [module ...] [--minutes 50] [--workers 2]

It works on copies of the last commit, never on the checkout. Results are stored in
`.cache/mutation/`: a second run continues where the first stopped, repeats a module whose source
has changed, and retries survivors whose tests have changed. `tests/mutation.md` is the report.

A mutant costs a fork, not a start of Python: pytest and the libraries are imported once, the
package only after the fork.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

sys.path.insert(0, str(Path(__file__).parent))
from mutants import digest, mutate, prepare
from report import write_report

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".cache" / "mutation"
PACKAGE = Path("signing/ncloud_datastream")
FOLDERS = ("signing", "generated", "emulator", "cli")


@dataclass(frozen=True)
class Task:
    """A module and its tests, with digests of both when it was started."""

    module: str
    tests: list[str]
    source_digest: str
    tests_digest: str
    commit: str

    @property
    def path(self) -> Path:
        """The path of the module, relative to the root."""
        return PACKAGE / f"{self.module}.py"


def main() -> int:
    """Run the selected modules, write the report and print the result."""
    arguments = argparse.ArgumentParser(description="Mutation testing of signing/.")
    arguments.add_argument(
        "modules", nargs="*", help="such as retry or sending/order; default: all"
    )
    arguments.add_argument(
        "--minutes", type=float, default=600.0, help="stop after about this time"
    )
    arguments.add_argument("--workers", type=int, default=2)
    asked = arguments.parse_args()
    plan = _plan()
    if unknown := set(asked.modules) - set(plan):
        arguments.error(f"plan.toml has no {', '.join(sorted(unknown))}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copies = [_copy(Path(folder) / str(number)) for number in range(asked.workers)]
        queue: multiprocessing.Queue[Task] = multiprocessing.Queue()
        for module in asked.modules or plan:
            if absent := [name for name in plan[module] if not (copies[0] / name).exists()]:
                _say(f"{module}: not committed yet: {', '.join(absent)}")
                plan[module] = [name for name in plan[module] if name not in absent]
            if plan[module]:
                queue.put(_task(copies[0], module, plan[module]))
        end = time.monotonic() + asked.minutes * 60
        workers = [
            multiprocessing.Process(target=_work, args=(copy, queue, end)) for copy in copies
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        queue.cancel_join_thread()
    return write_report(ROOT, RESULTS)


def _plan() -> dict[str, list[str]]:
    """Read the tests of each module."""
    read = tomllib.loads(Path(__file__).with_name("plan.toml").read_text("utf-8"))
    return {
        module: [f"tests/{name}" for name in names] for module, names in read["modules"].items()
    }


def _copy(folder: Path) -> Path:
    """Unpack the last commit."""
    archive = subprocess.run(
        ["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def _task(copy: Path, module: str, tests: list[str]) -> Task:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    return Task(
        module,
        tests,
        digest((copy / PACKAGE / f"{module}.py").read_bytes()),
        digest(*((copy / name).read_bytes() for name in tests)),
        commit.decode().strip(),
    )


def _work(copy: Path, queue: multiprocessing.Queue[Task], end: float) -> None:
    _import_what_is_not_ours()
    while time.monotonic() < end:
        try:
            task = queue.get(timeout=1)
        except Empty:
            return
        name = task.module.replace("/", ".")
        with use_db(RESULTS / f"{name}.sqlite") as database:
            _examine(copy, task, database, RESULTS / f"{name}.json", end)


def _examine(copy: Path, task: Task, database: WorkDB, begun: Path, end: float) -> None:
    before = json.loads(begun.read_text()) if begun.exists() else {}
    if before.get("source_digest") != task.source_digest or database.num_work_items == 0:
        begun.unlink(missing_ok=True)
        prepare(copy / task.path, database)
    begun.write_text(json.dumps(asdict(task), indent=1))
    open_items = list(database.pending_work_items) + [
        item
        for item, result in database.completed_work_items
        if result.test_outcome == TestOutcome.SURVIVED and result.output != task.tests_digest
    ]
    if not open_items:
        return
    _forget_bytecode(copy / task.path)
    passed, usual, output = _run_tests(copy, task.tests, 240.0, keep_bytecode=True)
    if not passed:
        begun.unlink()
        _say(f"{task.module}: its tests fail without a mutant:\n{output[-3000:]}")
        return
    source = (copy / task.path).read_text("utf-8")
    done = survived = 0
    for item in sorted(open_items, key=lambda item: item.mutations[0].start_pos):
        if time.monotonic() > end:
            break
        result = _try(copy, task, source, item, 3 * usual + 15)
        database.set_result(item.job_id, result)
        done += 1
        survived += result.test_outcome == TestOutcome.SURVIVED
    _say(
        f"{task.module}: {done} of {len(open_items)} tried, {survived} survived; "
        f"without mutants the tests take {usual:.1f} s"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _try(copy: Path, task: Task, source: str, item: WorkItem, patience: float) -> WorkResult:
    (mutation,) = item.mutations
    path = copy / task.path
    try:
        mutated = mutate(source, mutation)
    except AttributeError:  # cosmic-ray cannot replace a dotted exception in a tuple
        return WorkResult(WorkerOutcome.SKIPPED)
    path.write_text(mutated, "utf-8")
    try:
        _forget_bytecode(path)
        passed, _, _ = _run_tests(copy, task.tests, patience, keep_bytecode=False)
    finally:
        path.write_text(source, "utf-8")
    lines = zip(source.splitlines(), mutated.splitlines(), strict=False)
    was, now = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
    return WorkResult(
        WorkerOutcome.NORMAL,
        output=task.tests_digest,
        test_outcome=TestOutcome.SURVIVED if passed else TestOutcome.KILLED,
        diff=f"{was.strip()}\n{now.strip()}",
    )


def _run_tests(
    copy: Path, tests: list[str], patience: float, *, keep_bytecode: bool
) -> tuple[bool, float, str]:
    """Run files of tests until one fails; return whether all passed in time, the time and output.

    Each file runs in its own child process, so that files do not affect each other.
    """
    begin = time.monotonic()
    for name in tests:
        left = patience - (time.monotonic() - begin)
        passed, said = _run_file(copy, name, left, keep_bytecode=keep_bytecode)
        if not passed:
            return False, time.monotonic() - begin, said
    return True, time.monotonic() - begin, ""


def _run_file(copy: Path, name: str, patience: float, *, keep_bytecode: bool) -> tuple[bool, str]:
    said = copy / "said.txt"
    end = time.monotonic() + patience
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            # A background job of a shell ignores SIGINT, and tests of Ctrl-C would not end.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            resource.setrlimit(resource.RLIMIT_CPU, (int(patience) + 1, int(patience) + 2))
            resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
            output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            sys.dont_write_bytecode = not keep_bytecode
            code = _pytest(copy, name)
        except BaseException:
            traceback.print_exc()
            code = 99
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(0.005)
    return status == 0, said.read_text("utf-8", errors="replace") if said.exists() else ""


def _pytest(copy: Path, name: str) -> int:
    import hypothesis
    import pytest

    os.chdir(copy)
    sys.path[:0] = [str(copy / folder) for folder in FOLDERS]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[: len(FOLDERS)])
    # The same examples every time, without shrinking.
    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=50,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutation")
    quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # imported before the fork
    arguments = ["-x", "-q", *quiet, f"--basetemp={copy / 'tmp'}", name]
    return int(pytest.main(arguments))


def _forget_bytecode(path: Path) -> None:
    """Delete bytecode: Python compares only time in seconds and size, which a mutant can share."""
    for stale in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        stale.unlink()


def _import_what_is_not_ours() -> None:
    import avro.schema
    import httpx
    import hypothesis.strategies
    import jsonschema_rs
    import pytest
    import uvicorn.protocols.http.httptools_impl
    import vcr

    del avro, httpx, hypothesis, jsonschema_rs, pytest, uvicorn, vcr
    assert not any(name.startswith("ncloud_datastream") for name in sys.modules)


if __name__ == "__main__":
    if shutil.which("git") is None:
        sys.exit("git is needed")
    sys.exit(main())
