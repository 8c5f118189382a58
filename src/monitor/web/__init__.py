"""The pages: what is on the table, who said what, what changed, and how far it can be trusted. Read-only, on the published copy.

A request is checked (``access``), its rows come from the files in ``warehouse/page`` (``pages``), and a template shows them; the
same rows are there as JSON. Pictures are drawn on this machine (``charts``). Nothing is loaded from anywhere else.
"""

from .application import WebOptions, create_app
from .briefing import write_briefing

__all__ = ["WebOptions", "create_app", "write_briefing"]
