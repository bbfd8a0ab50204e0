"""The key pair, the chain of sources in which it is searched, and its renewal.

`pair` has the key pair, `chain` the order of the sources, `configure_file` and `server_role` two of
the sources. `renewal` provides the current pair and renews it before it expires. `secret` is a
string whose ``repr`` is masked.
"""

from .pair import Credentials

__all__ = ["Credentials"]
