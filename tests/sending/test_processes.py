"""`send_messages` when a program ends, in a forked child, and under gevent."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec

import pytest
from sending.programs import Programs
from sending.server import Reply, Server, answer

BEGIN = """
import atexit, os, sys, threading, time
from ncloud_datastream import ConfigurationError, Credentials, DataStream, Message
import ncloud_datastream.sending.blocking, ncloud_datastream.sending.start

def client(credentials=Credentials("AK", "SK"), url=sys.argv[1], **more):
    return DataStream(credentials, message_url=url, management_url=url, **more)

def messages(count):
    return [Message("t", "k", str(n)) for n in range(count)]

def send(ds, count=1):
    try:
        print([delivery.outcome.name for delivery in ds.send_messages(messages(count))], flush=True)
    except ConfigurationError as error:
        print(error, flush=True)
"""


Run = Callable[..., str]


@pytest.fixture
def run(programs: Programs) -> Run:
    """Run a program that sends to a server, and return what it prints."""

    def run(program: str, server: Server, *, before: str = "") -> str:
        found = programs.run(before + BEGIN + program, server.url, fresh=bool(before))
        assert (found[0], found[2]) == (0, "")
        return found[1]

    return run


# --- the end of a program


def test_the_first_use_at_exit_sends_or_says_why_not(server: Server, run: Run) -> None:
    """Newer Pythons start no thread there; their own error is never raised."""
    said = run("atexit.register(send, client())", server)
    assert said == "['DELIVERED']\n" or said.startswith("No thread could be started")


def test_a_run_can_be_finished_at_exit(server: Server, run: Run) -> None:
    said = run(
        """
ds = client()
sending = ds.send_messages(messages(3))
next(sending)
atexit.register(lambda: print(len(list(sending))))
""",
        server,
    )
    assert said == "2\n"


def test_the_first_use_during_finalization_is_rejected(server: Server, run: Run) -> None:
    said = run(
        """
class Late:
    def __init__(self):
        self.sending = client().send_messages(messages(1))

    def __del__(self, ConfigurationError=ConfigurationError):
        try:
            next(self.sending)
        except ConfigurationError as error:
            print(error)

late = Late()
""",
        server,
    )
    assert "the interpreter is shutting down" in said
    assert "Nothing was sent" in said
    assert server.received == []


@pytest.mark.parametrize(
    "client",
    ["client(hangs, timeout=1000.0)", "client(url='https://message.example', timeout=1000.0)"],
    ids=["credentials", "lookup"],
)
def test_a_thread_that_hangs_does_not_delay_the_end(client: str, server: Server, run: Run) -> None:
    said = run(
        f"""
import socket
called = threading.Event()

def hangs(*arguments, flags=0, **options):
    if flags:
        raise socket.gaierror("no address but a name")
    called.set()
    time.sleep(1000)

def source():
    yield from messages(1)
    called.wait(20)
    raise KeyboardInterrupt

socket.getaddrinfo = hangs
try:
    with {client} as ds, ds.send_messages(source()) as sending:
        next(sending)
except KeyboardInterrupt:
    print([delivery.outcome.name for delivery in sending.unfinished])
""",
        server,
    )
    assert said == "['UNSENT']\n"


def test_an_abandoned_run_does_not_delay_the_end(run: Run) -> None:
    with Server(lambda request: Reply(b"", "stall")) as server:
        assert (
            run("sending = client().send_messages(messages(3)); sending.__enter__()", server) == ""
        )


# --- forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_cannot_continue_the_run_of_its_parent(run: Run) -> None:
    """It is rejected at once, can send by itself, and does not affect the parent."""
    with Server(lambda request: Reply(answer(), after=0.01)) as server:
        said = run(
            """
import warnings
warnings.simplefilter("ignore")  # newer Pythons warn of forks with threads
ds = client()
with ds.send_messages(messages(50), concurrency=2) as sending:
    next(sending)
    child = os.fork()
    if child == 0:
        try:
            with sending:
                next(sending)
        except ConfigurationError as error:
            print("child:", error, flush=True)
        sending.close()
        send(ds, 2)
        del sending
        os._exit(7)
    status = os.waitpid(child, 0)[1]
    print("ended with", os.waitstatus_to_exitcode(status))
    print("parent:", len(list(sending)))
""",
            server,
        )
    assert said == (
        "child: send_messages: this Sending belongs to the parent process; call send_messages in "
        "the child process. Nothing was sent.\n"
        "['DELIVERED', 'DELIVERED']\n"
        "ended with 7\n"
        "parent: 49\n"
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_run_that_has_not_started_can_start_in_a_child(server: Server, run: Run) -> None:
    said = run(
        """
sending = client().send_messages(messages(3))
child = os.fork()
if child == 0:
    print(len(list(sending)), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(len(list(sending)))
""",
        server,
    )
    assert said == "3\n3\n"


# --- gevent


@pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")
def test_two_runs_at_once_under_gevent(server: Server, run: Run) -> None:
    said = run(
        """
ds = client()
sent = [gevent.spawn(lambda: list(ds.send_messages(messages(50), concurrency=4))) for _ in "12"]
gevent.joinall(sent, timeout=30, raise_error=True)
print([len(each.value) for each in sent])
print([each for each in threading.enumerate() if each.name == "ncloud-datastream"])
""",
        server,
        before="import gevent\nfrom gevent import monkey\nmonkey.patch_all()\n",
    )
    assert said == "[50, 50]\n[]\n"
