"""``python -m ncloud_datastream`` runs the command ``ncloud-datastream``."""

import sys

from ncloud_datastream_cli.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
