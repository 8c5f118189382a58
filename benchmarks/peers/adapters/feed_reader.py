"""lemon24/reader: feeds into entries. It fetches no pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from reader import make_reader
from rounds import feeds, folder, take_part


class _Reader:
    def __init__(self) -> None:
        self._reader = make_reader(str(folder() / "reader.sqlite"))
        for feed in feeds():
            self._reader.add_feed(feed["url"])

    def round(self, now: dt.datetime) -> None:
        del now
        self._reader.update_feeds(
            scheduled=False, workers=4
        )  # its schedule goes by the clock on the wall, by which rounds follow at once

    def articles(self) -> Iterable[dict[str, Any]]:
        return ({"url": entry.link} for entry in self._reader.get_entries())


if __name__ == "__main__":
    take_part(_Reader())
