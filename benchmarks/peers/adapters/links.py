"""The links in feeds that were not read yet, for peers that take addresses and no feeds."""

from __future__ import annotations

import feedparser
from rounds import feeds


def new_links(known: set[str]) -> list[str]:
    """Each link in the feeds of now, once, that is not ``known``."""
    links = (entry.get("link", "") for feed in feeds() for entry in feedparser.parse(feed["url"]).entries)
    return list(dict.fromkeys(link for link in links if link and link not in known))
