"""The key pair, the chain of places where it is looked for, and its renewal.

`pair` is the pair itself, `chain` the order of the places, `configure_file` and `server_role` two
of them, and `renewal` hands out the pair in force and asks for a new one in time. `secret` is a
text that is masked where it is shown.
"""

from .pair import Credentials

__all__ = ["Credentials"]
