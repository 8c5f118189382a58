"""news-please as a library: `NewsPlease.from_urls` fetches pages in threads and reads them in a pool of processes.

A hundred at a time, since it starts a thread for each. Images are not fetched. Links come from feedparser, since the library reads
no feeds. Its crawler mode is not used: it runs for ever, with processes for each site and a schedule of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from links import new_links
from newsplease import NewsPlease
from rounds import take_part

AT_ONCE = 100
REQUESTS = {"timeout": 30}  # without any, from_urls gives back nothing: it asks None for a timeout


class _NewsPleaseLibrary:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def round(self, now: dt.datetime) -> None:
        del now
        links = new_links(set(self._texts))
        for start in range(0, len(links), AT_ONCE):
            found = NewsPlease.from_urls(links[start : start + AT_ONCE], request_args=dict(REQUESTS), fetch_images=False)
            self._texts.update({url: article.maintext or "" for url, article in found.items() if hasattr(article, "maintext")})

    def articles(self) -> Iterable[dict[str, Any]]:
        return ({"url": url, "text": text} for url, text in self._texts.items())


if __name__ == "__main__":
    take_part(_NewsPleaseLibrary())
