"""Removal of an article's words on request: from the events and texts, from the archive's records, from the bytes of the file."""

import html
import re
from dataclasses import dataclass

from ..archive import Archive
from ..errors import ArchiveError
from ..fingerprints import tokens
from ..notify import FeedChannel, channels
from ..warehouse import open_live
from ..warehouse.redact import Removed, feed_records_of, mask, records_of, removal, take_out, texts_of, write_afresh
from .alerting import write_feeds
from .shared import Pipeline, one_run_at_a_time

_PASSAGE = 8  # words in a row that a feed must share with the text to count as carrying it
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What a removal did: rows, raw records of pages and of feeds overwritten."""

    removed: Removed
    pages: int
    feeds: int


def redact(pipeline: Pipeline, article_id: str, why: str) -> Redaction:
    """Take an article's words out, and record that, when and why. May be repeated: what was cut off is finished.

    Hashes, address, title, author and dates stay. Raises WarehouseError for an unknown article, RunInProgressError while a
    run is at work.
    """
    now = pipeline.clock()
    with one_run_at_a_time(pipeline.files):
        with open_live(pipeline.files, now=now) as live:
            pages = records_of(live, article_id)
            feeds = feed_records_of(live, article_id)
            texts = list(texts_of(live, article_id).values())
        done = sum(pipeline.archive.redact(*record) for record in pages)
        carrying = [record for record in feeds if _carries(pipeline.archive, record, texts)]
        done_feeds = sum(pipeline.archive.redact(*record) for record in carrying)
        with open_live(pipeline.files, now=now) as live:
            event = removal(article_id, why, at=now, run_id=pipeline.run_id, topic=pipeline.topic)
            removed = take_out(live, event, article_id)
            live.publish()
        write_afresh(pipeline.files)
        with open_live(pipeline.files, now=now) as live:
            live.publish()
    _mask_alerts(pipeline, article_id)
    return Redaction(removed, done, done_feeds)


def _mask_alerts(pipeline: Pipeline, article_id: str) -> None:
    """The alerts' own file and feeds in the data folder quote the article too."""
    for channel in channels(pipeline.settings.alerts, pipeline.settings.data):
        if isinstance(channel, FeedChannel):
            write_feeds(pipeline, channel)
    if pipeline.settings.alerts.file is None:
        return
    path = pipeline.settings.data / pipeline.settings.alerts.file
    if not path.is_file():
        return
    lines = [mask(line) if article_id in line else line for line in path.read_text(encoding="utf-8").splitlines()]
    partial = path.with_suffix(".new")
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    partial.replace(path)


def _carries(archive: Archive, record: tuple[str, int, int], texts: list[str]) -> bool:
    """Whether a raw feed document shares a passage with one of the texts."""
    try:
        raw = archive.read(record[0], record[1])
    except ArchiveError:
        return False
    words = tokens(_TAG.sub(" ", html.unescape(html.unescape(raw.decode("utf-8", "replace")))))
    passages = {tuple(words[start : start + _PASSAGE]) for start in range(len(words) - _PASSAGE + 1)}
    found = (tokens(text) for text in texts)
    return any(tuple(own[start : start + _PASSAGE]) in passages for own in found for start in range(len(own) - _PASSAGE + 1))
