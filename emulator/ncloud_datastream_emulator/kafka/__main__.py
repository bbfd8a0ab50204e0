"""Fetch the broker ahead of time, and say where it is."""

import sys

from .errors import BrokerError
from .jars import fetch

if __name__ == "__main__":
    try:
        sys.stdout.write(f"{fetch()}\n")
    except BrokerError as error:
        sys.exit(str(error))
