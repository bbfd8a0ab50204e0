"""Every way in which a program can end, and forks, each with a real process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from producer.producers import Gate
from sending.programs import Meanwhile, Programs
from sending.sendings import wait_until
from sending.server import Reply, Request, Server, answer

BEGIN = """
import asyncio, atexit, os, signal, sys, threading, time
from ncloud_datastream import AsyncDataStream, ConfigurationError, Credentials, DataStream, Retry
from ncloud_datastream.sending import async_producer, producer as producer_module

def client(kind, **more):
    options = {"message_url": sys.argv[1], "management_url": sys.argv[1], "retry": Retry(1), **more}
    return kind(Credentials("AK", "SK"), **options)

def bound(seconds):
    producer_module.EXIT_TIMEOUT = async_producer.EXIT_TIMEOUT = seconds

def send(producer, count=100):
    return [producer.send(key="k", value=str(n)) for n in range(count)]

def producing(**more):
    return client(DataStream).producer(topic="t", **more)

async def send_async(count=100):
    producer = client(AsyncDataStream).producer(topic="t")
    return [await producer.send(key="k", value=str(n)) for n in range(count)]
"""

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")


Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(programs: Programs) -> Run:
    """Run a program that sends to a server, and return its output and its errors."""

    def run(
        program: str, server: Server, status: int = 0, *, then: Meanwhile | None = None
    ) -> tuple[str, str]:
        found, said, errors = programs.run(BEGIN + program, server.url, then=then)
        assert found == status, errors
        return said, errors

    return run


def slowly(request: Request) -> Reply:
    """Server behavior: messages are still in flight when the program ends."""
    return Reply(answer(), after=0.02)


ENDS = {
    "return": ("p = producing(); send(p)", 0),
    "return from a function, nothing kept": ("def main(): send(producing())\nmain()", 0),
    "sys.exit": ("p = producing(); send(p); sys.exit(3)", 3),
    "sys.exit in its block": ("with producing() as p: send(p); sys.exit(3)", 3),
    "exception": ("p = producing(); send(p); raise LookupError", 1),
    "exception in its block": ("with producing() as p: send(p); raise LookupError", 1),
    "the client is closed before": (
        "with client(DataStream) as ds: p = ds.producer(topic='t'); send(p)", 0,
    ),
    "a thread sends": ("p = producing(); threading.Thread(target=send, args=(p,)).start()", 0),
    "an exit handler sends": (
        "p = producing(); send(p, 1); atexit.register(send, p, 99)", 0,
    ),
    "two producers": ("p = producing(); q = producing(); send(p, 50); send(q, 50)", 0),
    "asyncio.run returns": ("asyncio.run(send_async())", 0),
    "asyncio.run raises": (
        "async def main():\n    await send_async()\n    sys.exit(3)\nasyncio.run(main())", 3,
    ),
    "asyncio.run, the client is closed before": (
        """
async def main():
    async with client(AsyncDataStream) as ds:
        producer = ds.producer(topic="t")
        for n in range(100):
            await producer.send(key="k", value=str(n))
asyncio.run(main())
""", 0,
    ),
    "asyncio.run, in a task": (
        """
async def main():
    task = asyncio.create_task(send_async())
    await asyncio.sleep(0.01)
asyncio.run(main())
""", 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_a_program_that_ends_without_closing_loses_no_message(end: str, run: Run) -> None:
    program, status = ENDS[end]
    with Server(slowly) as server:
        _, errors = run(program, server, status)
    assert len(server.values) == 100
    assert "not delivered" not in errors
    assert "Traceback" not in errors or status == 1


def after(server: Server, number: int) -> Meanwhile:
    """Send a signal when the first 50 messages have arrived."""

    def then(process: int) -> None:
        wait_until(lambda: len(server.received) >= 50)
        os.kill(process, number)

    return then


@pytest.mark.parametrize(
    ("doing", "handler"),
    [
        ("time.sleep(60)", "sys.exit(4)"),
        ("send(p, 10**9)", "sys.exit(4)"),
        ("send(p, 10**9)", "p.close(); sys.exit(4)"),
        ("p.flush()", "sys.exit(4)"),
        ("p.flush()", "p.close(); sys.exit(4)"),
        ("[f.result() for f in send(p)]", "p.close(); sys.exit(4)"),
    ],
)
def test_a_handled_sigterm_loses_no_accepted_message(doing: str, handler: str, run: Run) -> None:
    with Server(slowly) as server:
        said, errors = run(
            f"""
def terminated(number, frame):
    {handler}
signal.signal(signal.SIGTERM, terminated)
p = producing(max_buffered=100)
atexit.register(lambda: print(p._buffer.next))
send(p, 50)
while True:
    {doing}
""",
            server,
            4,
            then=after(server, signal.SIGTERM),
        )
    accepted = int(said)
    assert len(server.values) == accepted
    assert accepted >= 50
    assert "not delivered" not in errors


def test_ctrl_c_loses_no_message(run: Run) -> None:
    with Server(slowly) as server:
        _, errors = run(
            """
with producing(max_buffered=100) as p:
    send(p, 50)
    time.sleep(60)
""",
            server,
            -signal.SIGINT,
            then=after(server, signal.SIGINT),
        )
    assert len(server.values) == 50
    assert "not delivered" not in errors


@pytest.mark.parametrize(
    "program",
    [
        "bound(0.3); p = producing(concurrency=1); send(p, 5)",
        "bound(0.3); p = producing(concurrency=1); kept = send(p, 5)",
        "bound(0.3); p = producing(concurrency=1, on_delivery=id); send(p, 5)",
        """
bound(0.3)
async def main():
    producer = client(AsyncDataStream).producer(topic="t", concurrency=1)
    for n in range(5):
        await producer.send(key="k", value=str(n))
    await asyncio.sleep(0.2)
asyncio.run(main())
""",
    ],
)
def test_undelivered_messages_are_logged_when_the_program_ends(program: str, run: Run) -> None:
    gate = Gate()
    with Server(gate) as server:
        _, errors = run(program, server)
        gate.is_open.set()
    assert errors == (
        "The program or event loop ended before a producer was closed: 5 messages were not "
        "delivered, 1 of them with an unknown outcome.\n"
    )


def test_undelivered_messages_are_logged_if_the_loop_was_closed_abruptly(
    server: Server, run: Run
) -> None:
    """Without cancelling tasks or shutting down generators."""
    _, errors = run(
        """
loop = asyncio.new_event_loop()
kept = loop.run_until_complete(send_async(5))
loop.close()
""",
        server,
    )
    assert "event loop ended before a producer was closed: 5 messages" in errors


@pytest.mark.parametrize(
    "program",
    [
        "with producing() as p: kept = send(p, 3)",
        """
async def main():
    async with client(AsyncDataStream) as ds, ds.producer(topic="t") as producer:
        return [await producer.send(key="k", value=str(n)) for n in range(3)]
kept = asyncio.run(main())
""",
    ],
)
def test_failures_that_were_never_retrieved_are_logged_at_program_exit(
    program: str, run: Run
) -> None:
    with Server(lambda request: Reply(answer(400))) as rejects:
        _, errors = run(program, rejects)
    assert errors == (
        "At program exit: 3 messages were not delivered and their results were never retrieved.\n"
    )


# --- forks


@forks
def test_a_forked_child_is_rejected_at_once_and_the_parent_continues(run: Run) -> None:
    with Server(slowly) as server:
        said, errors = run(
            """
import warnings
warnings.simplefilter("ignore")  # newer Pythons warn of forks with threads
ds = client(DataStream)
with ds.producer(topic="t") as p:
    futures = send(p, 50)
    child = os.fork()
    if child == 0:
        for call in (lambda: send(p, 1), p.flush, p.close):
            try:
                call()
            except ConfigurationError as error:
                print(error, flush=True)
        del futures
        with ds.producer(topic="t") as own:
            print(send(own, 1)[0].result().outcome.name, flush=True)
        sys.exit(7)
    print("ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    futures += send(p, 50)
print({future.result().outcome.name for future in futures})
""",
            server,
        )
    rejected = (
        "The producer belongs to the parent process; create one in each process after the fork. "
        "Nothing was sent.\n"
    )
    assert said == rejected * 3 + "DELIVERED\nended with 7\n{'DELIVERED'}\n"
    assert errors == ""
    assert len(server.values) == 101


@forks
def test_a_forked_child_is_rejected_whatever_lock_was_held_at_the_fork(run: Run) -> None:
    with Server() as server:
        said, _ = run(
            """
import warnings
warnings.simplefilter("ignore")
p = producing(max_buffered=50)
going = True
def work():
    while going:
        send(p, 10)
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for _ in range(5):
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        try:
            p.flush()
        except ConfigurationError:
            os._exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
going = False
for thread in threads: thread.join()
""",
            server,
        )
    assert said == "5\n" * 5
