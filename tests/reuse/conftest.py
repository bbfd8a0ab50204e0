"""The modules of reuse/ belong to a program, not to a package: their folder leads to them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "reuse"))
