"""What each peer's process does: say that it is ready, take part in each round when told, write what it has, end.

Run by the peer's own Python, so it imports nothing but the standard library. The folder in the first argument holds `feeds.json`
(a list of `url`, `language`, `archive`) and takes `articles.jsonl`: a line for each entry of which the peer recorded
something, with `url`, `text` and `copy_of` (an address, or null). Where a peer has no such thing, the key is left out.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol


class Peer(Protocol):
    """A peer that was started in a folder of its own."""

    def round(self, now: dt.datetime) -> None:
        """Read the feeds once, and what is new in them."""

    def articles(self) -> Iterable[dict[str, Any]]:
        """All that was recorded so far."""


def folder() -> Path:
    return Path(sys.argv[1])


def feeds() -> list[dict[str, str]]:
    given: list[dict[str, str]] = json.loads((folder() / "feeds.json").read_text(encoding="utf-8"))
    return given


def take_part(peer: Peer) -> None:
    """Answer the benchmark until it says that the last round is over. What the peer prints goes to its standard error."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print("ready", file=told, flush=True)
    for line in sys.stdin:
        if line.strip() == "end":
            break
        peer.round(dt.datetime.fromisoformat(line.strip()))
        print("done", file=told, flush=True)
    with (folder() / "articles.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(article) + "\n" for article in peer.articles())
    print("written", file=told, flush=True)
