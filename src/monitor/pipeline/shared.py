"""What the stages share: settings, profile, clock, the warehouse for a moment, and one run at a time."""

import datetime as dt
import difflib
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..archive import Archive
from ..corpus import Document, read_documents
from ..errors import RunInProgressError, SettingsError
from ..events import Event, EventData
from ..fetch import Fetcher, open_fetcher
from ..ids import subject_id
from ..settings import Settings
from ..topics import TopicProfile, load_feeds, load_topic
from ..warehouse import Appended, LiveWarehouse, WarehouseFiles, open_live, shipped

IMPORT_URL = "import:"
IMPORT_FEED = subject_id("feed", IMPORT_URL)  # stands for all pages that came out of files
Progress = Callable[[str, int, int], None]  # stage, done, known so far


def _wall_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


@dataclass(slots=True)
class Pipeline:
    """What the stages share. ``clock`` is the only source of the present; ``counts`` grows with what is appended."""

    settings: Settings
    profile: TopicProfile
    seeds: Sequence[Document] = ()
    clock: Callable[[], dt.datetime] = _wall_clock
    progress: Progress = _silent
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    counts: Counter[str] = field(default_factory=Counter)
    _fetcher: Fetcher | None = None

    @property
    def files(self) -> WarehouseFiles:
        """The warehouse's files."""
        return WarehouseFiles(self.settings.data)

    @property
    def archive(self) -> Archive:
        """The raw bytes."""
        return Archive(self.settings.data / "archive", file_bytes=self.settings.archive.file_bytes)

    @property
    def topic(self) -> str:
        """Id of the topic."""
        return self.profile.topic.id

    @contextmanager
    def warehouse(self) -> Iterator[LiveWarehouse]:
        """The live file, open for a moment."""
        with open_live(self.files, now=self.clock(), or_standin=True) as live:
            yield live

    @asynccontextmanager
    async def fetcher(self) -> AsyncIterator[Fetcher]:
        """The run's one fetcher: opened by the first who asks, shared by all who ask while it is open.

        So politeness, holds, robots.txt and connections are the same for feeds, pages and all of their batches.
        """
        if self._fetcher is not None:
            yield self._fetcher
            return
        async with open_fetcher(self.settings.fetch, contact=self.settings.contact, clock=self.clock) as opened:
            self._fetcher = opened
            try:
                yield opened
            finally:
                self._fetcher = None

    def wrap(self, events: Iterable[EventData], *, caused_by: uuid.UUID | str | None = None) -> list[Event]:
        """Put events into envelopes of this run."""
        cause = uuid.UUID(caused_by) if isinstance(caused_by, str) else caused_by
        now = self.clock()
        return [Event.of(data, at=now, run_id=self.run_id, topic=self.topic, caused_by=cause) for data in events]

    def append(self, live: LiveWarehouse, events: Sequence[Event], bodies: Iterable[tuple[str, str]] = ()) -> Appended:
        """Append a batch and count what was new."""
        appended = live.append(events, bodies)
        self.counts.update(appended.counts)
        return appended


def load_pipeline(settings: Settings, **given: Any) -> Pipeline:
    """A pipeline for the settings: their profile, their feeds, the seed facts beside the profile. ``given`` sets other fields."""
    path = topic_path(settings.topic)
    profile = load_topic(path, packs_dir=shipped("topics", "language"))
    if settings.feeds is not None:
        profile = profile.model_copy(update={"feed": load_feeds(settings.feeds)})
    facts = path.with_suffix(".seeds.jsonl")
    seeds = list(read_documents(facts, language="")) if facts.is_file() else []
    return Pipeline(settings=settings, profile=profile, seeds=seeds, **given)


def topic_path(topic: str) -> Path:
    """The profile's file: a path, the name of one that comes with the program, or the only one that does."""
    if topic.endswith(".toml"):
        return Path(topic)
    names = sorted(path.stem for path in shipped("topics").glob("*.toml"))
    if topic and topic not in names:
        near = difflib.get_close_matches(topic, names, n=1)
        raise SettingsError(
            f"there is no topic {topic!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            subject="topic",
            way_out=f"Shipped: {', '.join(names)}. A path ending in .toml names a profile of your own.",
        )
    if not topic and len(names) != 1:
        raise SettingsError("is not set", subject="topic", way_out=f"Choose one of {', '.join(names)} with --topic.")
    return shipped("topics") / f"{topic or names[0]}.toml"


@contextmanager
def one_run_at_a_time(files: WarehouseFiles) -> Iterator[None]:
    """Hold the run lock; raises RunInProgressError at once when another run has it. The system frees it with the process."""
    files.run_lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(files.run_lock, blocking=False):
            yield
    except Timeout as error:
        raise RunInProgressError(
            "another run is at work on this warehouse",
            subject=str(files.root),
            way_out="Nothing to do: that run takes what is due.",
        ) from error
