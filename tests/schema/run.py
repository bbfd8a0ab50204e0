"""Run schemathesis against the emulator: all phases, all operations, no failures.

::

    python tests/schema/run.py <path of schemathesis> [further options of `schemathesis run`]

The last line of the output is the summary. The exit status is 0 only if nothing failed, there were
at least 2,000 cases, and each operation of the document succeeded at least once. The seeds are
fixed, so that runs are repeatable; `--seed` explores.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ncloud_datastream import DataStream, SchemaType
from ncloud_datastream_emulator import Emulator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SEED = 20260917
FURTHER_WALKS = 6
"""Further runs of the stateful phase only: each stops after about twenty walks along the inferred
links, and takes other links with another seed."""
LEAST_CASES = 2_000
LONGEST = 300.0
"""The deadline of all runs together, in seconds."""


def main() -> int:
    """Run schemathesis and print a summary."""
    schemathesis, *options = sys.argv[1:]
    schemathesis = str(Path(schemathesis).absolute())  # the runs have another working directory
    # Malformed requests are expected; uvicorn would log each of them.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    begin = time.monotonic()
    cases = failures = 0
    phases: Counter[str] = Counter()
    good = True
    succeeded: set[str | None] = set()
    with Emulator(seed=SEED, prefix="", topic_limit=100_000) as emulator:
        existing = _populate(emulator)
        prepared = len(emulator.calls)
        for walk in range(1 + FURTHER_WALKS):
            further = ["--phases", "stateful"] if walk else []
            command = [schemathesis, "--config-file", str(HERE / "schemathesis.toml"), "run"]
            command += [str(ROOT / "openapi.yaml"), "--url", emulator.url, "--no-color"]
            command += ["--seed", str(SEED + walk), *further, *options]
            left = begin + LONGEST - time.monotonic()
            status, found, output = _run(command, emulator, existing, left)
            cases += found.get("test_cases", {}).get("generated", 0)
            failures += len(found.get("failures", [])) + len(found.get("errors", []))
            ran = {name: each["status"] for name, each in found.get("phases", {}).items()}
            passed = {name for name, result in ran.items() if result == "success"}
            phases.update(passed)
            if status != 0 or not passed >= ({"stateful"} if walk else set(ran)):
                sys.stdout.write(output)
                good = False
                break
        succeeded = {
            call.operation for call in emulator.calls[prepared:] if 200 <= call.status < 300
        }
    document = json.loads(
        (ROOT / "generated" / "ncloud_datastream_api" / "openapi.json").read_bytes()
    )
    operations = {
        entry["operationId"]
        for item in document["paths"].values()
        for entry in item.values()
        if isinstance(entry, dict) and "operationId" in entry
    }
    never = sorted(operations - succeeded)
    good = good and failures == 0 and cases >= LEAST_CASES and len(phases) == 4 and not never
    sys.stdout.write(
        f"schema: {'good' if good else 'BAD'}: {cases} cases, {failures} failures, "
        f"{len(operations) - len(never)} of {len(operations)} operations with a 2xx"
        f"{' (never: ' + ', '.join(never) + ')' if never else ''}, passed: "
        f"{', '.join(f'{name} x{times}' if times > 1 else name for name, times in phases.items())}"
        f"; {time.monotonic() - begin:.0f} s\n"
    )
    return int(not good)


def _run(
    command: list[str], emulator: Emulator, existing: dict[str, Any], timeout: float
) -> tuple[int, dict[str, Any], str]:
    """Run schemathesis; return its exit status, report and output."""
    environment = os.environ | {
        "NCLOUD_ACCESS_KEY_ID": emulator.credentials.access_key,
        "NCLOUD_SECRET_ACCESS_KEY": emulator.credentials.secret_key,
        "EXISTING": json.dumps(existing),
        "PYTHONPATH": str(HERE),
    }
    # schemathesis stores state in its working directory.
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        ran = subprocess.run(
            [*command, "--report-json-path", str(report)],
            env=environment,
            cwd=folder,
            timeout=timeout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        found: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
    return ran.returncode, found, ran.stdout.decode(errors="replace")


def _populate(emulator: Emulator) -> dict[str, Any]:
    """Create a topic with schemas to read and to delete."""
    with DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as ds:
        topic = ds.create_topic(name="existing", partitions=16)
        ds.wait_for_topic(topic.topic_id)
        for number in range(60):
            text = json.dumps({"type": "fixed", "name": f"Existing{number}", "size": 4})
            ds.create_schema(topic.topic_id, schema_type=SchemaType.AVRO, schema=text)
            if number == 0:
                ds.update_registry_config(topic.topic_id, compatibility=False)
        first, *others = (each.resource_id for each in ds.iter_schemas(topic.topic_id))
        return {
            "topic_id": topic.topic_id,
            "topic_name": topic.topic_name,
            "schema": first,
            "deletable_schemas": others,
        }


if __name__ == "__main__":
    sys.exit(main())
