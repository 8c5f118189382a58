"""The plain script that a user would write instead: read feeds, fetch pages, take the text, mark copies, insert.

    python plain.py feeds.txt news.duckdb

`feeds.txt` has one address a line. Run it from cron: what is in the database is not fetched again, and a page that failed is tried
again as long as its feed shows it. Copies are found by datasketch's MinHashLSH over three-word shingles, as its documentation
shows, with the threshold of a half that most people take.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb
import feedparser
import requests
import trafilatura
from datasketch import MinHash, MinHashLSH

TIMEOUT = 30
TABLE = """CREATE TABLE IF NOT EXISTS article (
    url VARCHAR PRIMARY KEY, feed VARCHAR, title VARCHAR, published VARCHAR, text VARCHAR, copy_of VARCHAR, added TIMESTAMP DEFAULT current_timestamp
)"""


class Copies:
    """The texts so far; says which of them a text repeats."""

    def __init__(self) -> None:
        self._index = MinHashLSH(threshold=0.5, num_perm=128)
        self._marks: dict[str, MinHash] = {}

    def add(self, url: str, text: str) -> str | None:
        """The address of the most similar text, if one is similar enough; and remember this one."""
        words = re.findall(r"\w+", text.lower())
        shingles = {" ".join(words[start : start + 3]) for start in range(max(1, len(words) - 2))}
        mark = MinHash(num_perm=128)
        mark.update_batch([shingle.encode() for shingle in shingles])
        found = self._index.query(mark)
        self._index.insert(url, mark)
        self._marks[url] = mark
        return max(found, key=lambda other: mark.jaccard(self._marks[other]), default=None)


class Reader:
    """Feeds into a database."""

    def __init__(self, database: Path) -> None:
        self._connection = duckdb.connect(str(database))
        self._connection.execute(TABLE)
        self._session = requests.Session()
        self._copies = Copies()
        for url, text in self._connection.execute("SELECT url, text FROM article WHERE text <> '' ORDER BY added").fetchall():
            self._copies.add(url, text)

    def poll(self, feeds: Iterable[str]) -> int:
        """Read every feed once, and every page in it that is new; gives how many were added."""
        return sum(self._read(feed) for feed in feeds)

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _read(self, feed: str) -> int:
        try:
            entries = feedparser.parse(self._get(feed)).entries
        except requests.RequestException as error:
            print(f"{feed}: {error}", file=sys.stderr)
            return 0
        added = 0
        for entry in entries:
            url = entry.get("link", "")
            if url and not self._connection.execute("SELECT 1 FROM article WHERE url = ?", [url]).fetchone():
                added += self._add(feed, url, entry)
        return added

    def _add(self, feed: str, url: str, entry: feedparser.FeedParserDict) -> int:
        try:
            page = self._get(url)
        except requests.RequestException as error:
            print(f"{url}: {error}", file=sys.stderr)
            return 0
        text = trafilatura.extract(page, url=url, include_comments=False) or ""
        copy_of = self._copies.add(url, text) if text else None
        self._connection.execute(
            "INSERT INTO article (url, feed, title, published, text, copy_of) VALUES (?, ?, ?, ?, ?, ?)",
            [url, feed, entry.get("title", ""), entry.get("published", ""), text, copy_of],
        )
        return 1

    def _get(self, url: str) -> bytes:
        answer = self._session.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.content


def main(feeds: Path, database: Path) -> None:
    reader = Reader(database)
    print(f"{reader.poll(feeds.read_text().split())} new")
    reader.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
