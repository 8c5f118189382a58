"""Texts to fingerprints: what is compared when texts are compared.

Tokens are runs of letters and digits of the folded text, so that quotes, dashes, capitals and spacing do not count.
Shingles are three consecutive tokens (Broder 1997, "On the resemblance and containment of documents"), hashed to 32
bits by CRC; every one whose hash is divisible by ``one_in`` is kept as the sample (modulo sketches, ibid.), so that samples
of different rates stay comparable at the coarser one. A text's lead is sampled twice as densely, since what is cut short
keeps its beginning: of a lead of sixty words one in sixteen leaves nothing in one case of forty. Measured on labelled
pairs, three words and one in sixteen lose nothing against the full sets; MinHash with LSH was faster by nothing and missed
teasers. 32 bits: a key is a hint that is verified, and two of a text's thousand shingles collide once in ten thousand texts.
"""

import re
import struct
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from .events import Fingerprint
from .ids import text_sha256
from .words import fold_plain

METHOD = "shingles-3/2"
INDEX_ONE_IN = 16
LEAD_ONE_IN = 8
LEAD = 64  # shingles
MOST_STORED = 4096  # hashes in one event; longer texts get a coarser sample
_TOKEN = re.compile(r"[^\W_]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class Marks:
    """A text read once for comparing: its words, the hashes of all its shingles, and its fingerprint."""

    words: list[str]
    hashes: frozenset[int]
    fingerprint: Fingerprint


def tokens(text: str) -> list[str]:
    """The words of a text, folded, without apostrophes and punctuation."""
    # lower() and the replacement are what folding does to ASCII, ten times as fast.
    plain = text.lower() if text.isascii() else _BEYOND_ASCII.sub(_folded, text).lower()
    return _TOKEN.findall(plain.replace("'", "").replace("`", ""))


def _folded(run: re.Match[str]) -> str:
    return _fold_once(run[0]) if run.end() - run.start() <= _SHORT else fold_plain(run[0])


_SHORT = 32  # characters: a word; whole paragraphs of Chinese do not come again, and would be kept
_fold_once = lru_cache(maxsize=2**14)(fold_plain)  # the same quotation marks, accented letters and words come again and again


def shingles(words: list[str]) -> set[int]:
    """32-bit hashes of all runs of three words; of the whole text where it is shorter."""
    return set(_in_order(words))


def _in_order(words: list[str]) -> list[int]:
    if len(words) < 3:
        return [crc32(" ".join(words).encode("utf-8", "surrogatepass"))] if words else []
    return [crc32(f"{a} {b} {c}".encode("utf-8", "surrogatepass")) for a, b, c in zip(words, words[1:], words[2:], strict=False)]


def read_marks(text: str, *, one_in: int = INDEX_ONE_IN) -> Marks:
    """Read a text for comparing. ``one_in`` must divide INDEX_ONE_IN.

    A text so long that its sample would not fit is sampled at INDEX_ONE_IN.
    """
    words = tokens(text)
    ordered = _in_order(words)
    hashes = frozenset(ordered)
    kept = sampled(hashes, one_in)
    if len(kept) > MOST_STORED:
        one_in, kept = INDEX_ONE_IN, sampled(hashes, INDEX_ONE_IN)
    kept |= sampled(ordered[:LEAD], LEAD_ONE_IN)
    return Marks(
        words,
        hashes,
        Fingerprint(
            content_sha256=text_sha256(" ".join(words)),
            words=len(words),
            shingles=len(hashes),
            one_in=one_in,
            sample=packed(kept),
        ),
    )


def fingerprint(text: str, *, one_in: int = INDEX_ONE_IN) -> Fingerprint:
    """The fingerprint of a text alone."""
    return read_marks(text, one_in=one_in).fingerprint


def in_sequence(words: list[str], within: Set[int]) -> list[int]:
    """Lengths in words of the runs of a text whose shingles all stand in another text."""
    runs = [0]
    for value in _in_order(words):
        if value in within:
            runs[-1] += 1
        elif runs[-1]:
            runs.append(0)
    return [run + 2 for run in runs if run]


def packed(hashes: Iterable[int]) -> str:
    """Hashes in ascending order as one text of eight hexadecimal digits each: two thirds of the bytes of JSON numbers."""
    values = sorted(hashes)
    return struct.pack(f">{len(values)}I", *values).hex()


def unpacked(sample: str) -> tuple[int, ...]:
    """The hashes of a packed sample."""
    return struct.unpack(f">{len(sample) // 8}I", bytes.fromhex(sample))


def index_keys(sample: Iterable[int]) -> list[int]:
    """Those by which a text is found: at most one in LEAD_ONE_IN, however dense the sample is."""
    return [value for value in sample if value % LEAD_ONE_IN == 0]


def sampled(hashes: Iterable[int], one_in: int) -> set[int]:
    """Those divisible by ``one_in``."""
    return {value for value in hashes if value % one_in == 0}


def containment(of: Set[int], within: Set[int]) -> float:
    """Share of ``of`` that stands in ``within``; 0 for an empty set."""
    return len(of & within) / len(of) if of else 0.0


def jaccard(a: Set[int], b: Set[int]) -> float:
    """Size of the intersection over size of the union; 0 for two empty sets."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared) if shared else 0.0
