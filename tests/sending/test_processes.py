"""What a sending does at the end of a program, in a forked child, and under gevent."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
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


def run(program: str, server: Server, *, before: str = "") -> str:
    """Run a program to its end, which comes in seconds, and return what it says."""
    ran = subprocess.run(
        [sys.executable, "-c", before + BEGIN + program, server.url],
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


# --- the end of a program


def test_first_used_at_exit(server: Server) -> None:
    """Where Python starts no thread there, it says so; a raw error of Python's never comes."""
    said = run("atexit.register(send, client())", server)
    assert said == "['DELIVERED']\n" or said.startswith("No thread c")


def test_used_before_and_at_exit(server: Server) -> None:
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


def test_first_used_while_the_interpreter_is_taken_apart(server: Server) -> None:
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
def test_what_hangs_in_a_thread_does_not_hold_up_the_end(client: str, server: Server) -> None:
    said = run(
        f"""
import socket
asked = threading.Event()

def hangs(*arguments, flags=0, **options):
    if flags:
        raise socket.gaierror("no address but a name")
    asked.set()
    time.sleep(1000)

def source():
    yield from messages(1)
    asked.wait(20)
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


def test_a_sending_that_is_left_alone_does_not_hold_up_the_end() -> None:
    with Server(lambda request: Reply(b"", "stall")) as server:
        assert (
            run("sending = client().send_messages(messages(3)); sending.__enter__()", server) == ""
        )


# --- forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_child_that_goes_on_with_its_parents_sending() -> None:
    """It is told so at once, may send by itself, and harms nothing of the parent's."""
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_sending_that_was_not_begun_may_begin_in_a_child(server: Server) -> None:
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
def test_two_sendings_at_once_under_gevent(server: Server) -> None:
    said = run(
        """
ds = client()
sent = [gevent.spawn(lambda: list(ds.send_messages(messages(200), concurrency=4))) for _ in "12"]
gevent.joinall(sent, timeout=30, raise_error=True)
print([len(each.value) for each in sent])
print([each for each in threading.enumerate() if each.name == "ncloud-datastream"])
""",
        server,
        before="import gevent\nfrom gevent import monkey\nmonkey.patch_all()\n",
    )
    assert said == "[200, 200]\n[]\n"
