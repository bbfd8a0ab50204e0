"""A web service that forwards events to Data Stream, with processes and threads.

    TOPIC=h4j6l-orders gunicorn --chdir examples -c examples/gunicorn.conf.py flask_producer:app
    TOPIC=h4j6l-orders flask --app examples/flask_producer.py run

One producer serves all threads of a process. It is created at the first event, and so after the
process was forked, however the service is started; ``gunicorn.conf.py`` creates it earlier and
closes it. Buffered messages are flushed before the process exits. The keys and URLs come from the
environment; ``python -m ncloud_datastream_emulator`` prints those of an emulator.
"""

import os
import threading
from functools import cache

from flask import Flask, Response, jsonify, request
from ncloud_datastream import BufferFullError, DataStream, Producer

app = Flask(__name__)
making = threading.Lock()


def producer() -> Producer:
    """Return this process's producer."""
    with making:  # only one, even if several threads are first
        return make_producer()


@cache
def make_producer() -> Producer:
    datastream = DataStream()
    topic = datastream.find_topic(os.environ["TOPIC"])
    return datastream.producer(
        topic=topic.topic_name,
        ordered="key",
        partitions=topic.partitions,
        when_full="raise",  # reject a request rather than keep it waiting
    )


@app.post("/events")
def publish() -> tuple[Response, int]:
    """Queue an event; failures are logged."""
    event = request.get_json()
    producer().send(key=event["key"], value=event["value"])
    return jsonify({}), 202


@app.errorhandler(KeyError)
def no_event(_: KeyError) -> tuple[Response, int]:
    return jsonify(detail="An event must have a key and a value."), 400


@app.errorhandler(BufferFullError)
def full(_: BufferFullError) -> tuple[Response, int, dict[str, str]]:
    return jsonify(detail="Too many events are queued."), 503, {"Retry-After": "1"}
