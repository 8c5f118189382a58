"""What it takes to link a text to its story, by how many texts of the last five days it is compared with.

    .venv/bin/python benchmarks/stories.py [--texts 5000 20000 75000]

Texts are made: 350 words each, as often as words are in language (the n-th about 1/n times as often as the first; Zipf 1935), a third of them
from a topic that about eight texts share. The peer is the same sum over every word of a text, which is what an index without prefix
filtering does; both must find the same links.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time
from collections.abc import Callable
from itertools import accumulate

from monitor.stories import _TOO_COMMON, LINK_AT, StoryIndex, ToldText, terms

ASKED = 100
BEGUN = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)


class WholeSum(StoryIndex):
    """Every word finds texts, also those that most texts have."""

    def _shared(self, weights: dict[str, float]) -> dict[int, float]:  # type: ignore[override]
        shared: dict[int, float] = {}
        for term, weight in weights.items():
            owners = self._by_term.get(term, {})
            if len(owners) <= _TOO_COMMON * len(self._texts):
                for number, count in owners.items():
                    shared[number] = shared.get(number, 0.0) + weight * count
        return shared


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the linking of stories.")
    parser.add_argument("--texts", type=int, nargs="+", default=[5_000, 20_000, 75_000])
    is_equal = True
    for number in parser.parse_args().texts:
        told, asked = _texts(number)
        (ours, links), (peer, expected) = (_measured(make, told, asked) for make in (StoryIndex, WholeSum))
        is_equal &= links == expected
        print(
            f"{number:,} texts: {ours:.1f} ms a text; every word {peer:.1f} ms, ratio {peer / ours:.1f}; "
            f"{sum(link is not None for link in links)} of {ASKED} linked, {'the same' if links == expected else 'OTHERS'}",
            flush=True,
        )
    return 0 if is_equal else 1


def _texts(number: int) -> tuple[list[ToldText], list[dict[str, int]]]:
    chance = random.Random(3)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 10))) for _ in range(40_000)]
    often = list(accumulate(1 / (place + 3) for place in range(len(words))))
    topics = [chance.choices(words[200:], k=60) for _ in range(number // 8)]

    def text() -> dict[str, int]:
        return terms(" ".join([*chance.choices(words, cum_weights=often, k=250), *chance.choices(chance.choice(topics), k=100)]))

    step = dt.timedelta(days=5) / number
    return [ToldText(f"a{place}", f"a{place}", BEGUN + place * step, text()) for place in range(number)], [
        text() for _ in range(ASKED)
    ]


def _measured(
    make: Callable[[list[ToldText]], StoryIndex], told: list[ToldText], asked: list[dict[str, int]]
) -> tuple[float, list[str | None]]:
    """Milliseconds of processor a text, and what each was linked to."""
    index, before = make(told), time.process_time()
    found = [index.nearest(counts, seen_at=BEGUN + dt.timedelta(days=5), but="") for counts in asked]
    spent = (time.process_time() - before) / ASKED * 1e3
    return spent, [one[0].article_id if one is not None and one[2] >= LINK_AT else None for one in found]


if __name__ == "__main__":
    sys.exit(main())
