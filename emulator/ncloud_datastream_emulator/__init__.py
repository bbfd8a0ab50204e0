"""A local Data Stream for developing and testing programs without an account or a bill.

    from ncloud_datastream import DataStream
    from ncloud_datastream_emulator import Emulator

    with Emulator() as emulator, DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as ds:
        ...
    assert [message.value for message in emulator.messages("h4j6l-orders")] == ["hello"]

It serves both hosts at one URL, checks every signature, stores topics, connectors, schemas and
messages in memory, and validates parameters and bodies against the `openapi.yaml` from which the
client is generated. ``DataStream(emulator.credentials, transport=emulator.transport())`` calls it
without a socket. ``python -m ncloud_datastream_emulator`` serves it from the shell, and the paths
below ``/_emulator/`` (see `control`) give programs in other languages access to its calls and
messages. In a browser its URL is a page that shows them, and explains why a signature was rejected
(see `diagnosis`). The page and those paths accept requests for loopback names and for the host the
emulator was started with, and none from pages of other origins (see `guard`).
``Emulator(faults=[...])`` makes calls fail (see `Fault`); `pytest_plugin` has fixtures for pytest.

**Where NCP's documentation is silent**, the emulator behaves as follows. None of this is known of
the real service.

*Responses.* The first success status of the document, always 200. Operations without a documented
response body return an empty one. A fourth topic is a 429; any other 429, and every 5xx, is
returned only when requested with `answer_next` or a `Fault`.

*Errors.* The service's error codes follow the field that is wrong or missing (``InvalidName`` for
``name``, ...), with ``InvalidParameter`` for the rest. A missing resource is a 404
(``InvalidTopicNotFound``, ``InvalidConnectorNotFound``, ``InvalidResourceNotFound``), one that
exists already a 409 (``DuplicateName``, ``ResourceAlreadyExists``), a fourth topic a 429
(``LimitExceeded``: NCP gives no status for this code, and its table of statuses describes 429 as
"service limit exceeded"), everything else a 400: a name without the prefix, fewer partitions, a
topic that is still CREATING (``InvalidState``). The message host reports the same errors as
``{"status", "detail"}``. The gateway itself responds to invalid signatures (401, code 200),
main-account keys on the message host (401, 210), unknown paths (404, 300), a wrong method
(405, 300) and requests that are too large (413, 430): key and value of more than 1 MiB, a schema of
more than 1 MiB, any body of more than 10 MiB.

*Signatures.* Computed over path and query as received; a bare ``?`` at the end may be signed or
not, because servers drop it. A timestamp that differs from the clock by five minutes or more is
rejected; one millisecond less is accepted. The path is looked up before the signature is checked,
and the signature is checked before the body is read.

*Topics.* CREATING in the response that creates one and on the first read, CREATED on the second
read or after half a second. A CREATING topic can be read and deleted; updates, a connector, schemas
and messages are rejected. Deletion is immediate and includes the topic's connector and schemas. A
description that was left out is empty. Searching is case-sensitive. Nothing is ever pinned.

*Connectors.* Every bucket and role exists, nothing is exported, and no connector ever fails.
Settings left out of an update return to their defaults. The formats of a connector's name, its
consumer group and its location in Object Storage are invented.

*Schemas.* The compatibility check is on for a new topic and compares with the latest schema; a
schema of another type is never compatible with it. `compatibility` documents how much is compared.
An incompatible or unreadable schema is a 400. With the check off, or without a schema, everything
is compatible. Schemas are listed oldest first; version numbers are not reused. The settings can be
changed once the topic has a schema.

*Messages.* Without ``partition``, a message goes to a random partition, as NCP documents; the key
has no influence on it, and ``seed`` makes the choice repeatable. Offsets start at 0 in each
partition. `Emulator.messages` returns messages even after their topic is deleted; retention does
not apply.

*Kafka.* ``Emulator(kafka="127.0.0.1:9094")`` backs its topics with a real broker (see `kafka`) that
accepts the sub account keys. Without it, ``tcpEndpoint`` is a name under ``.invalid``, which never
resolves; the registry's ``endpoint`` always is. While the broker does not respond, the gateway
returns 503 with code 500.
"""

# Names are loaded on first use: every pytest run imports this package for `pytest_plugin`, even
# where the emulator's dependencies are not installed.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .diagnosis import Diagnosis
    from .emulator import Emulator
    from .faults import Fault
    from .log import Message
    from .records import Call

__all__ = ["Call", "Diagnosis", "Emulator", "Fault", "Message"]

_MODULES = {
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
            value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        except ImportError as error:
            raise ImportError(
                "The emulator needs the 'emulator' extra. In a clone of the repository, run: "
                "pip install '.[emulator]'"
            ) from error
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
