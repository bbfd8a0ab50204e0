"""Serve an emulator from the shell: ``python -m ncloud_datastream_emulator --port 8765``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from . import Emulator
from .initial import ACCESS_KEY, SECRET_KEY, fixed_keys, load
from .kafka import BrokerError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; the exit status is 1 if a port or the broker cannot be had."""
    options = _parser().parse_args(arguments)
    try:
        emulator = Emulator(
            seed=options.seed,
            prefix=options.prefix,
            topic_limit=options.topic_limit,
            host=options.host,
            port=options.port,
            kafka=options.kafka,
            credentials=fixed_keys(options.access_key, options.secret_key),
            allowed_hosts=options.allowed_host,
            initial=None if options.init is None else load(options.init),
        )
        url = emulator.bind()
    except KeyboardInterrupt:  # a broker takes its time
        return 130
    except (BrokerError, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"Cannot serve on {options.host}:{options.port}: {error.strerror}.")
    if options.kafka is not None:
        print(_kafka(emulator))  # noqa: T201
    print(_exports(emulator, url, options.allowed_host), flush=True)  # noqa: T201
    with contextlib.suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        emulator.start()
        threading.Event().wait()
    emulator.stop()
    return 0


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)  # noqa: T201
    return 1


def _exports(emulator: Emulator, url: str, names: Sequence[str]) -> str:
    main_account = emulator.main_credentials
    exports = "\n".join(f"export {name}={each}" for name, each in emulator.environment.items())
    port = url.rpartition(":")[2]
    elsewhere = "".join(
        f"# From elsewhere: http://{name}:{port}, with NCLOUD_DATASTREAM_INSECURE_HOSTS={name}\n"
        for name in names
    )
    return f"""\
# A sub account's keys:
{exports}
{elsewhere}\
# The main account's keys, with which no message can be sent:
# export NCLOUD_ACCESS_KEY_ID={main_account.access_key}
# export NCLOUD_SECRET_ACCESS_KEY={main_account.secret_key}
# Serving on {url}; stop with Ctrl-C."""


def _kafka(emulator: Emulator) -> str:
    return f"""\
# Kafka listens on {emulator.kafka_address}; its clients have to trust
# {emulator.kafka_ca}"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ncloud_datastream_emulator",
        description="Serve a local Data Stream and print the variables that point a client at it.",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to serve on (%(default)s), 0.0.0.0 for all",
    )
    parser.add_argument(
        "--allowed-host",
        metavar="NAME",
        action="append",
        default=[],
        help="a further name that the page and the paths below /_emulator/ answer to; repeatable",
    )
    parser.add_argument("--access-key", help=f"the sub account's access key ({ACCESS_KEY})")
    parser.add_argument("--secret-key", help=f"its secret key ({SECRET_KEY})")
    parser.add_argument(
        "--init", metavar="FILE", type=Path, help="JSON: topics and messages to begin with"
    )
    parser.add_argument("--port", type=int, default=0, help="port to serve on (any free one)")
    parser.add_argument("--seed", help="the same keys, ids and prefix every time")
    parser.add_argument("--prefix", help="what topic names begin with (drawn)")
    parser.add_argument("--topic-limit", type=int, default=3, help="topics at a time (%(default)s)")
    parser.add_argument(
        "--kafka", metavar="HOST:PORT", help="keep the messages in a real Kafka broker there"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
