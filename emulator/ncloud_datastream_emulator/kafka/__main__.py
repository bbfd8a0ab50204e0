"""Download the broker ahead of time."""

import sys

from .jars import main

sys.exit(main())
