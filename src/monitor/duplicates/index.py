"""The known texts by content hash and by sampled shingle."""

import datetime as dt
from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..events import Fingerprint
from ..fingerprints import Marks, index_keys, read_marks, unpacked

MOST_OWNERS = 50  # a shingle that so many texts share is furniture
CANDIDATES = 10
_BUCKETS = 1 << 14
_KEPT_READ = 256  # old texts read for comparing; a wire report is a candidate of every copy


@dataclass(frozen=True, slots=True)
class KnownText:
    """A text in the window or in the corpus. ``outlet`` is empty for the corpus; without ``body_sha256`` it cannot be read."""

    owner_id: str
    body_sha256: str | None
    cluster_id: str
    outlet: str
    seen_at: dt.datetime | None
    content_sha256: str
    shingles: int
    one_in: int
    sample: str

    @classmethod
    def of(
        cls,
        mark: Fingerprint,
        *,
        owner_id: str,
        body_sha256: str | None,
        cluster_id: str,
        outlet: str,
        seen_at: dt.datetime | None,
    ) -> "KnownText":
        """The text with a fingerprint."""
        kept = {name: getattr(mark, name) for name in ("content_sha256", "shingles", "one_in", "sample")}
        return cls(owner_id, body_sha256, cluster_id, outlet, seen_at, **kept)


class _Postings:
    """Shingle → the numbers of its owners, as sorted 64-bit pairs in buckets.

    A dictionary of lists takes 80 bytes for each pair and a hundred more for each list, this 9; a lookup is a binary search
    among a few hundred numbers, and an insertion moves as many.
    """

    def __init__(self) -> None:
        self._buckets: list[array[int] | None] = [None] * _BUCKETS

    def add(self, key: int, owner: int) -> None:
        number = (key >> 4) % _BUCKETS  # the lowest bits of all sampled hashes are zero
        bucket = self._buckets[number]
        if bucket is None:
            bucket = self._buckets[number] = array("Q")
        insort(bucket, key << 32 | owner)

    def owners(self, key: int) -> list[int]:
        bucket = self._buckets[(key >> 4) % _BUCKETS]
        if bucket is None:
            return []
        start = bisect_left(bucket, key << 32)
        end = bisect_left(bucket, (key + 1) << 32, start)
        return [pair & 0xFFFFFFFF for pair in bucket[start:end]]


class DuplicateIndex:
    """The known texts by content hash and by sampled shingle. Grows as texts are judged, in their order."""

    def __init__(
        self,
        known: Iterable[KnownText],
        read_text: Callable[[str], str | None],
        *,
        window: dt.timedelta = dt.timedelta(days=14),
        common: Iterable[int] = (),
    ) -> None:
        """``read_text`` gives the body for a SHA-256, or None where it is not kept; ``common`` are shingles that say nothing."""
        self.read_text = read_text
        self._window = window
        self._common = frozenset(common)
        self._texts: list[KnownText] = []
        self._by_content: dict[str, int | list[int]] = {}
        self._postings = _Postings()
        self._read: dict[str, Marks] = {}
        for text in known:
            self.add(text)

    def add(self, text: KnownText) -> None:
        """Let later texts be compared with this one."""
        number = len(self._texts)
        self._texts.append(text)
        held = self._by_content.setdefault(text.content_sha256, number)
        if isinstance(held, list):
            held.append(number)
        elif held != number:
            self._by_content[text.content_sha256] = [held, number]
        for key in index_keys(unpacked(text.sample)):
            self._postings.add(key, number)

    def same_content(self, mark: Fingerprint, *, seen_at: dt.datetime | None, but: str) -> KnownText | None:
        """The oldest text of another article with the same words within the window, or None; the corpus counts as oldest."""
        numbers = self._by_content.get(mark.content_sha256, [])
        held = self._within([numbers] if isinstance(numbers, int) else numbers, seen_at, but)
        return min((text for _, text in held), key=_age, default=None)

    def candidates(self, mark: Fingerprint, *, seen_at: dt.datetime | None, but: str) -> list[KnownText]:
        """The texts that share most sampled shingles, within the window, best first.

        One shingle in common is chance where both texts have many: such a text is no candidate.
        """
        shared: Counter[int] = Counter()
        keys = [key for key in index_keys(unpacked(mark.sample)) if key not in self._common]
        for key in keys:
            owners = self._postings.owners(key)
            if len(owners) > MOST_OWNERS and len({self._texts[number].cluster_id for number in owners}) > MOST_OWNERS:
                continue
            shared.update(number for number, _ in self._within(owners, seen_at, but))
        enough = [number for number, count in shared.items() if count > 1 or count * 10 >= len(keys)]
        best = sorted(enough, key=lambda number: (-shared[number], self._texts[number].owner_id))[:CANDIDATES]
        return [self._texts[number] for number in best]

    def _within(self, numbers: Iterable[int], seen_at: dt.datetime | None, but: str) -> Iterator[tuple[int, KnownText]]:
        for number in numbers:
            text = self._texts[number]
            if text.owner_id != but and (text.seen_at is None or seen_at is None or abs(seen_at - text.seen_at) <= self._window):
                yield number, text

    def marks(self, known: KnownText) -> Marks | None:
        """An old text read for comparing, or None where it is not kept."""
        if known.body_sha256 is None:
            return None
        found = self._read.get(known.body_sha256)
        if found is None and (text := self.read_text(known.body_sha256)) is not None:
            found = read_marks(text)
            if len(self._read) >= _KEPT_READ:
                self._read.pop(next(iter(self._read)))
            self._read[known.body_sha256] = found
        return found

    def bodies_needed(self, texts: Iterable[tuple[Fingerprint, dt.datetime | None, str]]) -> set[str]:
        """SHA-256 of the old texts that judging these (fingerprint, when seen, article) may read."""
        return {
            known.body_sha256
            for mark, seen_at, but in texts
            for known in self.candidates(mark, seen_at=seen_at, but=but)
            if known.body_sha256
        }


def _age(text: KnownText) -> tuple[bool, float, str]:
    return text.seen_at is not None, text.seen_at.timestamp() if text.seen_at else 0.0, text.owner_id
