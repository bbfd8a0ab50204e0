"""A local Data Stream, to try and to test programs against without an account or a bill.

    from ncloud_datastream import DataStream
    from ncloud_datastream_emulator import Emulator

    with Emulator() as emulator, DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as ds:
        ...
    assert [message.value for message in emulator.messages("h4j6l-orders")] == ["hello"]

It serves both hosts at one URL, checks every signature, keeps topics, connectors, schemas and
messages in memory, and checks parameters and bodies by the `openapi.yaml` that the client is made
from. ``DataStream(emulator.credentials, transport=emulator.transport())`` calls it without a
socket. ``python -m ncloud_datastream_emulator`` serves it from the shell, and the paths below
``/_emulator/`` (see `control`) show other languages what was called and sent. In a browser its URL
is a page that shows it all, and what is wrong with a signature that is refused (see `diagnosis`).
Both answer by loopback names and the host it was started with, and no page of another site (see
`guard`).
``Emulator(faults=[...])`` makes calls fail (see `Fault`), and `pytest_plugin` has fixtures for
pytest.

**Where NCP's documentation is silent**, the emulator does what follows. None of it is known of the
real service.

*Answers.* The first success status of the document, always 200. Operations without a documented
body answer an empty one. A fourth topic is a 429; any other 429, and 5xx, come only when ordered
with `answer_next` or a `Fault`.

*Errors.* The service's codes go by the field that is wrong or missing (``InvalidName`` for
``name``, ...), ``InvalidParameter`` for the rest. What is not there is a 404
(``InvalidTopicNotFound``, ``InvalidConnectorNotFound``, ``InvalidResourceNotFound``), what is there
already a 409 (``DuplicateName``, ``ResourceAlreadyExists``), a fourth topic a 429
(``LimitExceeded``: NCP gives no status for this code, and its table of statuses says of 429
"service limit exceeded"), everything else a 400: a name without the prefix, fewer partitions, a
topic that is still CREATING (``InvalidState``). The message host says the same as
``{"status", "detail"}``. The gateway answers for signatures (401, code 200), main-account keys on
the message host (401, 210), unknown paths (404, 300), a wrong method (405, 300) and what is too
large (413, 430): key and value of more than 1 MiB, a schema of more than 1 MiB, any body of more
than 10 MiB.

*Signatures.* Made over path and query as they arrive; a bare ``?`` at the end may be signed or not,
as servers drop it. A timestamp five minutes off is refused, one millisecond less is not. The path
is looked up before the signature is checked, the signature before the body is read.

*Topics.* CREATING in the answer that makes one and to its first reader, CREATED to the second or
after half a second. A CREATING topic can be read and deleted, and refuses updates, a connector,
schemas and messages. It is deleted at once, with its connector and its schemas. A description that
was left out is empty. Searching heeds the case. Nothing is ever pinned.

*Connectors.* Every bucket and role exists, nothing is exported, and none ever fails. What an update
leaves out goes back to its default. The forms of a connector's name, its consumer group and its
place in Object Storage are made up.

*Schemas.* The check for compatibility is on for a new topic and compares with the latest schema,
which a schema of another type never follows; how far it goes says `compatibility`. An incompatible
or unreadable schema is a 400. With the check off, or without a schema, everything is compatible.
Schemas are listed oldest first; version numbers are not used twice. The settings can be changed
once there is a schema.

*Messages.* Without ``partition``, a message goes to a random partition, as NCP documents; the key
plays no part in it, and ``seed`` repeats the choice. Offsets count from 0 in each partition.
`Emulator.messages` keeps what was sent even when the topic is gone; retention does not apply.

*Kafka.* ``Emulator(kafka="127.0.0.1:9094")`` has a real broker behind its topics (see `kafka`),
which takes the sub account's keys. Without it, ``tcpEndpoint`` is a name under ``.invalid``, which
can never be resolved; the registry's ``endpoint`` always is. When the broker does not answer, the
gateway does, with 503 and code 500.
"""

# Names are loaded when they are first used: pytest imports this package in every run, for
# `pytest_plugin`, of users who may not even have installed what the emulator needs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .diagnosis import Diagnosis
    from .emulator import Emulator
    from .faults import Fault
    from .log import Message
    from .records import Call

__all__ = ["Call", "Diagnosis", "Emulator", "Fault", "Message"]

_HOMES = {
    "Call": "records",
    "Diagnosis": "diagnosis",
    "Emulator": "emulator",
    "Fault": "faults",
    "Message": "log",
}

if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        try:
            value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        except ImportError as error:
            raise ImportError(
                "The emulator needs its extra: in a clone of the repository, "
                "pip install '.[emulator]'."
            ) from error
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
