"""schemathesis against the emulator: every phase, every operation, no failure.

::

    python tests/schema/run.py <path of schemathesis> [further options of `schemathesis run`]

The last line of the output says how it went; the exit status is 0 only when nothing failed, there
were at least 2,000 cases, and each operation of the document has succeeded at least once. The seed
is fixed, so that a run says the same twice; `--seed` explores.
"""

from __future__ import annotations

import json
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
SEED = "20260917"
LEAST_CASES = 2_000
LONGEST = 600.0


def main() -> int:
    """Run and judge."""
    schemathesis, *options = sys.argv[1:]
    begin = time.monotonic()
    with Emulator(prefix="", topic_limit=100_000) as emulator:
        existing = _populate(emulator)
        before = len(emulator.calls)
        environment = os.environ | {
            "NCLOUD_ACCESS_KEY_ID": emulator.credentials.access_key,
            "NCLOUD_SECRET_ACCESS_KEY": emulator.credentials.secret_key,
            "EXISTING": json.dumps(existing),
            "PYTHONPATH": str(HERE),
        }
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            command = [
                *(schemathesis, "--config-file", str(HERE / "schemathesis.toml")),
                *("run", str(ROOT / "openapi.yaml"), "--url", emulator.url, "--no-color"),
                *("--seed", SEED, "--report-json-path", str(report), *options),
            ]
            # A folder of its own: schemathesis keeps what it has learned where it runs.
            ran = subprocess.run(
                command, env=environment, cwd=folder, timeout=LONGEST, capture_output=True
            )
            found: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
        succeeded = Counter(
            call.operation
            for call in emulator.calls[before:]
            if call.operation and 200 <= call.status < 300
        )
    document = json.loads(
        (ROOT / "generated" / "ncloud_datastream_api" / "openapi.json").read_bytes()
    )
    operations = {
        entry["operationId"]
        for item in document["paths"].values()
        for entry in item.values()
        if isinstance(entry, dict) and "operationId" in entry
    }
    cases = found.get("test_cases", {}).get("generated", 0)
    never = sorted(operations - set(succeeded))
    failures = len(found.get("failures", [])) + len(found.get("errors", []))
    phases = {name: phase["status"] for name, phase in found.get("phases", {}).items()}
    unfinished = [name for name, status in phases.items() if status != "success"]
    good = (
        ran.returncode == 0
        and failures == 0
        and len(phases) == 4
        and not unfinished
        and cases >= LEAST_CASES
        and not never
    )
    if not good:
        sys.stdout.write(ran.stdout.decode(errors="replace"))
        sys.stdout.write(ran.stderr.decode(errors="replace"))
    sys.stdout.write(
        f"schema: {'good' if good else 'BAD'}: {cases} cases, {failures} failures, "
        f"{len(operations) - len(never)} of {len(operations)} operations with a 2xx"
        f"{' (never: ' + ', '.join(never) + ')' if never else ''}, "
        f"phases {', '.join(f'{name} {status}' for name, status in phases.items())}, "
        f"{time.monotonic() - begin:.0f} s\n"
    )
    return int(not good)


def _populate(emulator: Emulator) -> dict[str, Any]:
    """Make a topic with schemas to read and to delete."""
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
            "doomed_schemas": others,
        }


if __name__ == "__main__":
    sys.exit(main())
