"""Who takes part, how, and what each of them cannot do at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """``key`` names the requirements and the command; an adapter drives it. ``is_for_pages``: it fetches pages."""

    key: str
    name: str
    adapter: str
    package: str  # whose version the table shows
    cannot: str
    is_for_pages: bool = True


MONITOR, PLAIN = "monitor", "plain"

PEERS = (
    Peer(
        MONITOR, "Ceasefire Monitor", "ours", "ceasefire-monitor",
        "read a page that only a browser can draw; crawl a site that has neither a feed nor a news sitemap",
    ),
    Peer(
        PLAIN, "plain script", "plain_script", "trafilatura",
        "see that entries left a feed, or get them back; try a page again once its entry is gone; keep raw pages; notice edits; obey robots.txt; "
        "use the second core; say why something is missing",
    ),
    Peer(
        "news-please", "news-please, as a library", "news_please", "news-please",
        "read feeds (feedparser gives it the links); notice copies; see that entries left a feed; keep raw pages; notice edits; say in its result why something is missing",
    ),
    Peer(
        "newspaper4k", "newspaper4k", "newspaper_library", "newspaper4k",
        "read a feed whose address one knows (feedparser gives it the links); notice copies; see that entries left a feed; keep raw pages; notice edits; read Hindi and some other languages without further packages",
    ),
    Peer(
        "reader", "lemon24/reader, feeds only", "feed_reader", "reader",
        "fetch pages, so no texts and no copies; get back what left a feed",
        is_for_pages=False,
    ),
)  # fmt: skip

LEFT_OUT = (
    "fundus is not here: it reads outlets by a parser class that somebody wrote for each of them, with selectors of its pages, and can be pointed at no "
    "other. The crawler mode of news-please is not here either: it runs for ever, with processes and a schedule for each site."
)
