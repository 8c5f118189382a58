"""Raw pages are let go when their time is over. What was read from them stays, and so does the knowledge that they were read."""

import datetime as dt
from dataclasses import dataclass

from ..errors import SettingsError
from ..events import ArchiveFileRetired
from .shared import Pipeline, one_run_at_a_time

LEAST_DAYS = 30  # pages are read again, and texts compared, for two weeks
_KEPT = "feeds-"  # documents of feeds stay: they prove what stood where, and are a fraction of the bytes


@dataclass(frozen=True, slots=True)
class Retained:
    """What a retention did: files let go and bytes freed by it."""

    files: int
    bytes: int


def retain(pipeline: Pipeline, keep_days: int) -> Retained:
    """Let the files of raw pages go whose day is over ``keep_days`` days ago, each by an event and a tombstone in its place.

    Files and not records: a file holds one day, and a record overwritten in its place frees nothing. Entries, articles, texts,
    verdicts and hashes stay, so an old entry that a feed shows again is known and adds nothing. The event comes first; what
    was cut off behind it is finished by the next call. Raises SettingsError for less than ``LEAST_DAYS``,
    RunInProgressError while a run is at work.
    """
    if keep_days < LEAST_DAYS:
        raise SettingsError(
            f"{keep_days} days are too few", subject="older-than", way_out=f"At least {LEAST_DAYS} days are kept."
        )
    now = pipeline.clock()
    archive = pipeline.archive
    last = now.date() - dt.timedelta(days=keep_days)
    with one_run_at_a_time(pipeline.files):
        due = [file for file in archive.files() if _day(file) < last and not file.rpartition("/")[2].startswith(_KEPT)]
        sizes = {file: size for file in due if (size := archive.size_of(file))}
        with pipeline.warehouse() as live:
            unread = live.read.files_to_extract()
            sizes = {file: size for file, size in sizes.items() if file not in unread}
            events = [
                ArchiveFileRetired(file=file, day=f"{_day(file)}", bytes=size, keep_days=keep_days, retired_at=now)
                for file, size in sizes.items()
            ]
            pipeline.append(live, pipeline.wrap(events))
            live.publish()
        return Retained(len(sizes), sum(archive.retire(file) for file in sizes))


def _day(file: str) -> dt.date:
    year, month, day, _ = file.split("/")
    return dt.date(int(year), int(month), int(day))
