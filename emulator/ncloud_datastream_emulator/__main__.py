"""Serve an emulator from the shell: ``python -m ncloud_datastream_emulator --port 8765``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Sequence

from .emulator import Emulator
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
    print(_exports(emulator, url), flush=True)  # noqa: T201
    with contextlib.suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        emulator.start()
        threading.Event().wait()
    emulator.stop()
    return 0


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)  # noqa: T201
    return 1


def _exports(emulator: Emulator, url: str) -> str:
    sub, main_account = emulator.credentials, emulator.main_credentials
    urls = "\n".join(f"export {name}={value}" for name, value in emulator.url_variables.items())
    return f"""\
# A sub account's keys:
export NCLOUD_ACCESS_KEY_ID={sub.access_key}
export NCLOUD_SECRET_ACCESS_KEY={sub.secret_key}
{urls}
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
        help="address to serve on (%(default)s); the page answers by it and by localhost alone",
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
