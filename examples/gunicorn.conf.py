"""How gunicorn serves flask_producer.py: a producer in each worker, none in the process above."""

workers = 2
threads = 4


def post_fork(server: object, worker: object) -> None:
    """Make it before the first request; a topic that is not there ends the worker, and is told."""
    import flask_producer

    flask_producer.producer()


def worker_exit(server: object, worker: object) -> None:
    """Send what is left. Without this it is sent as well, at the end of the interpreter."""
    import flask_producer

    flask_producer.producer().close(timeout=10)
