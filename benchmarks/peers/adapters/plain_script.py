"""The plain script, poll by poll in one process."""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from rounds import feeds, folder, take_part


def _script() -> Any:
    """The script beside this folder; it has the name of this file."""
    spec = importlib.util.spec_from_file_location("plain_script", Path(__file__).resolve().parents[1] / "plain.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Plain:
    def __init__(self) -> None:
        self._database = folder() / "news.duckdb"
        self._feeds = [feed["url"] for feed in feeds()]
        self._reader = _script().Reader(self._database)

    def round(self, now: dt.datetime) -> None:
        del now
        self._reader.poll(self._feeds)

    def articles(self) -> Iterable[dict[str, Any]]:
        self._reader.close()
        with duckdb.connect(str(self._database), read_only=True) as connection:
            for url, text, copy_of in connection.execute("SELECT url, text, copy_of FROM article").fetchall():
                yield {"url": url, "text": text, "copy_of": copy_of}


if __name__ == "__main__":
    take_part(_Plain())
