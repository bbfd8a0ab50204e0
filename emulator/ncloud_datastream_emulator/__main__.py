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
    """Serve until Ctrl-C; the exit status is 1 if the port or the broker is not available."""
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
    except KeyboardInterrupt:  # while the broker starts
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
        f"# From other hosts: http://{name}:{port}, with NCLOUD_DATASTREAM_INSECURE_HOSTS={name}\n"
        for name in names
    )
    return f"""\
# Keys of a sub account:
{exports}
{elsewhere}\
# Keys of the main account, which cannot send messages:
# export NCLOUD_ACCESS_KEY_ID={main_account.access_key}
# export NCLOUD_SECRET_ACCESS_KEY={main_account.secret_key}
# Serving on {url}; stop with Ctrl-C."""


def _kafka(emulator: Emulator) -> str:
    return f"""\
# Kafka listens on {emulator.kafka_address}; its clients must trust the CA certificate
# {emulator.kafka_ca}"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ncloud_datastream_emulator",
        description="Serve a local Data Stream and print the variables that point a client to it.",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (%(default)s); 0.0.0.0 for all",
    )
    parser.add_argument(
        "--allowed-host",
        metavar="NAME",
        action="append",
        default=[],
        help="an additional host name for the page and the paths below /_emulator/; repeatable",
    )
    parser.add_argument("--access-key", help=f"access key of the sub account ({ACCESS_KEY})")
    parser.add_argument("--secret-key", help=f"secret key of the sub account ({SECRET_KEY})")
    parser.add_argument(
        "--init", metavar="FILE", type=Path, help="JSON file with initial topics and messages"
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (any free port)")
    parser.add_argument("--seed", help="makes keys, ids and the prefix repeatable")
    parser.add_argument("--prefix", help="prefix of topic names (random)")
    parser.add_argument(
        "--topic-limit", type=int, default=3, help="maximum number of topics (%(default)s)"
    )
    parser.add_argument(
        "--kafka",
        metavar="HOST:PORT",
        help="store the messages in a real Kafka broker at this address",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
