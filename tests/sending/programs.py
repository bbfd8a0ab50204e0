"""Programs in real processes, forked from one that has already imported the libraries."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

TIMEOUT = 40.0
"""Seconds that a program may take."""

# The package's modules that do something at exit are left for the programs to import.
TEMPLATE = """
import asyncio, atexit, json, os, signal, socket, sys, threading, time
import httpx, ncloud_datastream.client
orders = socket.socket(fileno=int(sys.argv[1]))
while True:
    text, files = b"", []
    while not text.endswith(b"\\n"):
        part, more, _, _ = socket.recv_fds(orders, 1 << 16, 2)
        if not part:
            os._exit(0)
        text += part
        files += more
    child = os.fork()
    if not child:
        break
    for file in files:
        os.close(file)
    orders.sendall(b"%d\\n" % child)
    orders.sendall(b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
orders.close()
program, arguments, environment = json.loads(text)
sys.argv[1:] = arguments
os.environ.update(environment)
for number, file in enumerate(files, 1):
    os.dup2(file, number)
    os.close(file)
del orders, text, part, more, files, child, file
exec(program)
"""

Meanwhile = Callable[[int], object]
"""Called with the process id of a program that is running."""


class Programs:
    """Runs programs one after the other.

    Args:
        orders: A socket to the template process; None starts a new interpreter for each program.
    """

    def __init__(self, orders: socket.socket | None) -> None:
        self._orders = orders

    def run(
        self,
        program: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        then: Meanwhile | None = None,
        fresh: bool = False,
    ) -> tuple[int, str, str]:
        """Run a program to its end and return its exit code, its output and its errors."""
        more = environment or {}
        if fresh or self._orders is None:
            return _run_fresh(program, arguments, more, then)
        out, theirs_out = os.pipe()
        err, theirs_err = os.pipe()
        order = json.dumps([program, arguments, more]).encode() + b"\n"
        try:
            socket.send_fds(self._orders, [order], [theirs_out, theirs_err])
        finally:
            os.close(theirs_out)
            os.close(theirs_err)
        with (
            self._orders.makefile("r") as replies,
            os.fdopen(out, encoding="utf-8") as output,
            os.fdopen(err, encoding="utf-8") as errors,
        ):
            child = int(replies.readline())
            try:
                if then is not None:
                    then(child)
                return int(replies.readline()), output.read(), errors.read()
            except BaseException:
                self._orders = None  # its reply is due: start new interpreters from here on
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                raise


def _run_fresh(
    program: str, arguments: tuple[str, ...], environment: dict[str, str], then: Meanwhile | None
) -> tuple[int, str, str]:
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if then is not None:
                then(process.pid)
            output, errors = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
    return process.returncode, output, errors


@contextmanager
def running_programs() -> Iterator[Programs]:
    """Start the template process, where the system forks."""
    if not hasattr(os, "fork"):
        yield Programs(None)
        return
    ours, theirs = socket.socketpair()
    ours.settimeout(TIMEOUT)
    with ours, theirs:
        file = theirs.fileno()
        process = subprocess.Popen([sys.executable, "-c", TEMPLATE, str(file)], pass_fds=[file])
        theirs.close()
        try:
            yield Programs(ours)
        finally:
            ours.close()
            process.wait(TIMEOUT)
