"""The gunicorn configuration for flask_producer.py: a producer per worker, none in the master."""

workers = 2
threads = 4


def post_fork(server: object, worker: object) -> None:
    """Create the producer before the first request; a missing topic stops the worker."""
    import flask_producer

    flask_producer.producer()


def worker_exit(server: object, worker: object) -> None:
    """Flush the producer. Without this hook it is flushed when the interpreter exits."""
    import flask_producer

    flask_producer.producer().close(timeout=10)
