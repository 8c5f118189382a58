"""newspaper4k: `newspaper.article`, which downloads and parses, in a few threads. Images are not fetched.

Its own `fetch_news` does the same, but raises the first failure of any page and loses the others. Links come from feedparser.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import newspaper
from links import new_links
from newspaper.exceptions import ArticleException
from rounds import take_part

THREADS = 4


class _Newspaper:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def round(self, now: dt.datetime) -> None:
        del now
        links = new_links(set(self._texts))
        with ThreadPoolExecutor(THREADS) as threads:
            found = zip(links, threads.map(_text, links), strict=True)
            self._texts.update({url: text for url, text in found if text is not None})

    def articles(self) -> Iterable[dict[str, Any]]:
        return ({"url": url, "text": text} for url, text in self._texts.items())


def _text(url: str) -> str | None:
    try:
        return str(newspaper.article(url, fetch_images=False).text)
    except (ArticleException, ImportError):  # of some languages it needs packages of tokenizers, one of which downloads its data
        return None


if __name__ == "__main__":
    take_part(_Newspaper())
