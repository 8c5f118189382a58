"""HTTP: addresses to answers. The only door to aiohttp's client. Every failure is an answer with a reason, never an exception.

A request passes, at every redirect, in this order: its address is judged (scheme, length, internal literals), the site's
robots.txt is asked where it is for a page, the host's turn is awaited, and only then is a name resolved, by the resolver that
gives out no internal address. The body is read and inflated by pieces, so that every limit holds while bytes still come in.
"""

from .fetcher import Fetcher, open_fetcher
from .sharing import SharedTurns, holder_of, open_shared_turns

__all__ = ["Fetcher", "SharedTurns", "holder_of", "open_fetcher", "open_shared_turns"]
