"""The entry point; it says what to install where the extra is missing."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        import click  # noqa: F401
        import jmespath  # noqa: F401
        import rich  # noqa: F401
    except ImportError:
        sys.stderr.write(
            "ncloud-datastream: the command line needs its extra: in a clone of the repository, "
            "pip install '.[cli]'\n"
        )
        return 2
    try:
        from .app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything was begun, or when all was said
        return 130


if __name__ == "__main__":
    sys.exit(main())
