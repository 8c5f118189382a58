"""The command line: ``monitor``.

Exit codes: 0 done, 1 something is wrong with the data, 2 wrong input, 3 somebody else is at work, 4 the warehouse or
the archive cannot be used, 130 interrupted.
"""

from .app import main

__all__ = ["main"]
