"""What the stages share: settings, profile, clock, the warehouse for a moment, and one run at a time.

What fetches, archives and extracts is imported by who does it: most commands only need the profile or the warehouse.
"""

from __future__ import annotations

import datetime as dt
import difflib
import resource
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from ..corpus import Document, read_documents
from ..errors import ExhaustedError, RunInProgressError, SettingsError
from ..events import Event, EventData
from ..ids import subject_id
from ..settings import Settings
from ..topics import TopicProfile, load_feeds, load_topic
from ..warehouse import Appended, LiveWarehouse, WarehouseFiles, open_live, shipped

if TYPE_CHECKING:
    from ..archive import Archive
    from ..fetch import Fetcher
    from .spreading import Spread

_OPEN_FILES = 64  # of the warehouse, the archive, locks, pipes and the program itself; on the safe side, not measured
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
    seconds: dict[str, list[float]] = field(default_factory=dict)  # by host, how long each of the run's requests took
    silent: set[str] = field(default_factory=set)  # waiting pages whose headlines tell of no proposal
    _fetcher: Fetcher | None = None
    _is_held: bool = False
    _live: LiveWarehouse | None = None
    _closing: ExitStack = field(default_factory=ExitStack)

    @property
    def spread(self) -> Spread:
        """Where work on single articles is done."""
        from .spreading import spread_over

        return spread_over(self.settings.scale.scheduler)

    @property
    def files(self) -> WarehouseFiles:
        """The warehouse's files."""
        return WarehouseFiles.of(self.settings)

    @property
    def archive(self) -> Archive:
        """The raw bytes."""
        from ..archive import Archive

        return Archive(
            self.settings.archive.folder or self.settings.data / "archive", file_bytes=self.settings.archive.file_bytes
        )

    @property
    def topic(self) -> str:
        """Id of the topic."""
        return self.profile.topic.id

    @contextmanager
    def warehouse(self) -> Iterator[LiveWarehouse]:
        """The live file, open for a moment; within ``held`` it is what was opened last and has not been let go."""
        if self._live is None:
            with ExitStack() as closing:
                live = closing.enter_context(open_live(self.files, now=self.clock(), or_standin=True))
                if not self._is_held:
                    yield live
                    return
                self._live, self._closing = live, closing.pop_all()
        else:
            self._live.set_clock(self.clock())
        try:
            yield self._live
        except BaseException:
            self._live = None
            if not self._closing.__exit__(*sys.exc_info()):
                raise

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stages in here that follow one another at once share an opening of the warehouse: each reads the whole catalogue.

        Whatever then waits for the world (a server, a worker process, a channel) calls ``release`` first.
        """
        before, self._is_held = self._is_held, True
        try:
            yield
        finally:
            self._is_held = before
            if not before:
                self.release()

    def release(self) -> None:
        """Let the warehouse go, for others to write in; the next who needs it opens it again."""
        self._live = None
        self._closing.close()

    @asynccontextmanager
    async def fetcher(self) -> AsyncIterator[Fetcher]:
        """The run's one fetcher: opened by the first who asks, shared by all who ask while it is open.

        So politeness, holds, robots.txt and connections are the same for feeds, pages and all of their batches.
        """
        if self._fetcher is not None:
            yield self._fetcher
            return
        from ..fetch import holder_of, open_fetcher, open_shared_turns

        async with AsyncExitStack() as stack:
            lake = self.settings.lake
            shared = None
            if self.files.lake is not None:
                among = open_shared_turns(lake.catalog.get_secret_value(), lake.schema_name, holder_of(self.files.root))
                shared = await stack.enter_async_context(among)
            opened = await stack.enter_async_context(
                open_fetcher(self.settings.fetch, contact=self.settings.contact, clock=self.clock, shared=shared)
            )
            self._fetcher = opened
            opened.seconds = self.seconds
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
    """The profile's file: a path, the name of one that comes with the program, or the one that ``topics/default`` names."""
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
    usual = shipped("topics", "default").read_text(encoding="utf-8").strip()
    return shipped("topics") / f"{topic or usual}.toml"


def enough_open_files(settings: Settings) -> None:
    """See to it that this process may open the files and connections of a run. Raises ExhaustedError where the system refuses.

    Asked before anything begins: what is half open when the limit comes fails anywhere, in DuckDB with an abort of the process.
    """
    needed = _OPEN_FILES + 2 * settings.fetch.at_once + 8 * settings.extract.workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ExhaustedError(
            f"this process may open {hard} files, and a run needs {needed}",
            subject="open files",
            way_out="Raise the limit (`ulimit -n`, LimitNOFILE of a service) or lower fetch.at_once; nothing was run.",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


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
