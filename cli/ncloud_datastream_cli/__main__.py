"""The entry point. Without the ``cli`` extra it prints how to install it."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        import click  # noqa: F401
        import jmespath  # noqa: F401
        import rich  # noqa: F401
    except ImportError:
        sys.stderr.write(
            "ncloud-datastream: the command line needs the 'cli' extra. In a clone of the "
            "repository, run: pip install '.[cli]'\n"
        )
        return 2
    try:
        from .app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before the command started, or after its last output
        return 130


if __name__ == "__main__":
    sys.exit(main())
