"""Where the work on single articles is done: in this process, or partitioned by article over a Dask cluster (extra: scale).

Only what asks nothing of its neighbours is spread: a page to its text, a text to its fingerprint, a text to its mentions. Each is
a pure function, and answers come back in the order of the questions, so the events are the same wherever they were computed.
Verdicts and the ledger are decided here, one after the other: each rests on those before it.
Roads not taken: Prefect's DaskTaskRunner with a task run for each article or chunk (a row in its database and 20 ms each, for
nothing that Dask does not do), and the store on the workers (they would need the lake; a chunk takes its texts along).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

from ..articles.model import Extraction, NoText
from ..detection import detect_text
from ..duplicates import MarkedText, TextToJudge
from ..errors import SettingsError
from ..mentions import Rules, TextToRead
from ..settings import ExtractSettings
from ..topics import TopicProfile
from .apart import AHEAD, Page, extract_apart, start_apart

TextAsked = tuple[TextToRead, dt.datetime, Sequence[tuple[str, dt.datetime]]]
CHUNK = 25  # articles: a quarter of a second of work, some megabytes of pages


class Spread(Protocol):
    """Where work is done. Each answers in the order of what was asked."""

    def get_ready(self, settings: ExtractSettings) -> None:
        """Pages will be there soon: what must be started for them may start now."""

    def extract(self, settings: ExtractSettings, asked: Iterable[Page]) -> Iterator[Extraction | NoText]:
        """Pages to texts."""

    def mark(self, asked: Iterable[TextToJudge]) -> list[MarkedText]:
        """Texts to what comparing them needs."""

    def detect(self, profile: TopicProfile, asked: Sequence[TextAsked]) -> list[Any]:
        """Texts to mentions and claims."""


class Here:
    """In this process, and pages in worker processes of this machine."""

    def get_ready(self, settings: ExtractSettings) -> None:
        """Start the worker processes, which import for more than a second, while pages are fetched."""
        start_apart(settings)

    def extract(self, settings: ExtractSettings, asked: Iterable[Page]) -> Iterator[Extraction | NoText]:
        """Pages to texts."""
        return extract_apart(settings, asked)

    def mark(self, asked: Iterable[TextToJudge]) -> list[MarkedText]:
        """Texts to what comparing them needs."""
        return [MarkedText.of(text) for text in asked]

    def detect(self, profile: TopicProfile, asked: Sequence[TextAsked]) -> list[Any]:
        """Texts to mentions and claims."""
        rules = Rules.of(profile)
        return [detect_text(text, rules, at=at, posts=posts) for text, at, posts in asked]


class Cluster:
    """On the workers of a Dask cluster, in chunks. A worker that dies has its chunks done again by another one."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._profiles: dict[str, Any] = {}

    def get_ready(self, settings: ExtractSettings) -> None:
        """The cluster's workers are there already."""

    def extract(self, settings: ExtractSettings, asked: Iterable[Page]) -> Iterator[Extraction | NoText]:
        """Pages to texts. Each worker keeps processes of its own for them, so that the time limit is the same there."""
        one = settings.model_copy(update={"workers": 1})
        pages = iter(asked)
        while some := list(islice(pages, AHEAD)):
            yield from self._spread(_extract_chunk, some, one)

    def mark(self, asked: Iterable[TextToJudge]) -> list[MarkedText]:
        """Texts to what comparing them needs."""
        return self._spread(_mark_chunk, list(asked))

    def detect(self, profile: TopicProfile, asked: Sequence[TextAsked]) -> list[Any]:
        """Texts to mentions and claims."""
        if profile.digest not in self._profiles:
            self._profiles[profile.digest] = self._client.scatter(profile, broadcast=True)
        return self._spread(_detect_chunk, list(asked), self._profiles[profile.digest])

    def _spread(self, work: Any, items: list[Any], *more: Any) -> list[Any]:
        chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
        # pure=False: keys would be hashes of the pages, and nothing is asked twice anyway.
        futures = [self._client.submit(work, chunk, *more, pure=False, retries=3) for chunk in chunks]
        return [answer for answers in self._client.gather(futures) for answer in answers]


def _extract_chunk(chunk: list[Page], settings: ExtractSettings) -> list[Extraction | NoText]:
    return list(extract_apart(settings, chunk))


def _mark_chunk(chunk: list[TextToJudge]) -> list[MarkedText]:
    return [MarkedText.of(text) for text in chunk]


def _detect_chunk(chunk: list[TextAsked], profile: TopicProfile) -> list[Any]:
    _KNOWN[profile.digest] = profile
    rules = _rules(profile.digest)
    return [detect_text(text, rules, at=at, posts=posts) for text, at, posts in chunk]


_KNOWN: dict[str, TopicProfile] = {}  # of a worker: rules take seconds to make


@lru_cache(maxsize=4)
def _rules(digest: str) -> Rules:
    return Rules.of(_KNOWN[digest])


def spread_over(scheduler: str) -> Spread:
    """The cluster behind a scheduler's address, or this process without one. Raises SettingsError when it does not answer."""
    if not scheduler:
        return Here()
    if scheduler in _CLUSTERS:
        return _CLUSTERS[scheduler]
    try:
        from distributed import Client
    except ImportError as error:
        raise SettingsError(
            "needs dask.distributed",
            subject="scale.scheduler",
            way_out="pip install -c constraints.txt 'ceasefire-monitor[scale]'",
        ) from error
    try:
        _CLUSTERS[scheduler] = Cluster(Client(scheduler, timeout=10, set_as_default=False))  # type: ignore[no-untyped-call]
    except OSError as error:
        raise SettingsError(
            f"no Dask scheduler answers there: {error}",
            subject=scheduler,
            way_out="Start `dask scheduler`, or empty scale.scheduler to work in this process.",
        ) from error
    return _CLUSTERS[scheduler]


_CLUSTERS: dict[str, Spread] = {}  # one connection for as long as the process lives
