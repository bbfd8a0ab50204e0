"""A web service that passes events on to Data Stream, with processes and threads.

    TOPIC=h4j6l-orders gunicorn --chdir examples -c examples/gunicorn.conf.py flask_producer:app
    TOPIC=h4j6l-orders flask --app examples/flask_producer.py run

One producer serves all threads of a process. It is made when the first event comes: in the process
that sends it, after it was forked, however the service is started; ``gunicorn.conf.py`` makes it
earlier and closes it. What it still holds is sent before the process ends. Keys and addresses come
from the environment; ``python -m ncloud_datastream_emulator`` prints some.
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
    with making:  # one, however many threads ask first
        return make_producer()


@cache
def make_producer() -> Producer:
    datastream = DataStream()
    topic = datastream.find_topic(os.environ["TOPIC"])
    return datastream.producer(
        topic=topic.topic_name,
        ordered="key",
        partitions=topic.partitions,
        when_full="raise",  # a request is rather refused than kept waiting
    )


@app.post("/events")
def publish() -> tuple[Response, int]:
    """Take an event, to be passed on; the log says what could not be."""
    event = request.get_json()
    producer().send(key=event["key"], value=event["value"])
    return jsonify({}), 202


@app.errorhandler(KeyError)
def no_event(_: KeyError) -> tuple[Response, int]:
    return jsonify(detail="An event has a key and a value."), 400


@app.errorhandler(BufferFullError)
def full(_: BufferFullError) -> tuple[Response, int, dict[str, str]]:
    return jsonify(detail="Too much at a time."), 503, {"Retry-After": "1"}
