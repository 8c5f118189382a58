"""A demo newsroom: scripted outlets on loopback HTTP, so that the program can be tried without the network.

The script and what it renders to are pure (``script``, ``furniture``, ``render``); ``site`` is the only part
that opens a port. What is published, and when, is data in the newsroom's folder.
"""

from .script import Newsroom, load_newsroom
from .site import NewsroomSite

__all__ = ["Newsroom", "NewsroomSite", "load_newsroom"]
