"""How fast texts are gated, read and resolved: on given texts, or on invented ones. One core.

    python benchmarks/detect.py [--feed items.jsonl.gz] [--texts folder]

`--feed` takes lines with "title" and "description" (the gate), `--texts` a folder of plain texts, cut to 4,000 characters
(the full reading). Without them a made text serves, which is easier than the news.
"""

import argparse
import datetime as dt
import gzip
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from monitor.detection import Detector, GivenArticle, detect_text
from monitor.gate import gate
from monitor.mentions import Rules
from monitor.topics import load_topic
from monitor.warehouse import shipped

NOW = dt.datetime(2031, 4, 2, tzinfo=dt.UTC)
MADE = "Egypt has presented a new proposal for a 20-day truce in Gaza. Five captives would be freed, two officials said. " * 36
PROPOSALS = 2000


def rate(items: Iterable[str], work: Callable[[str], object]) -> float:
    """Items a second."""
    listed = list(items)
    started = time.perf_counter()
    for item in listed:
        work(item)
    return len(listed) / (time.perf_counter() - started)


def main() -> None:
    """Print the three rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feed", type=Path)
    parser.add_argument("--texts", type=Path)
    given = parser.parse_args()
    rules = Rules.of(load_topic(shipped("topics") / "gaza-ceasefire.toml"))
    items = [MADE[:400]] * 2000
    if given.feed:
        with gzip.open(given.feed, "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        items = [f"{row.get('title') or ''}\n{row.get('description') or ''}" for row in rows]
    whole = "\n".join(p.read_text(encoding="utf-8") for p in sorted(given.texts.iterdir())) if given.texts else MADE * 10
    texts = [whole[start : start + 4000] for start in range(0, max(1, len(whole) - 4000), 1000)]

    def as_text(text: str) -> GivenArticle:
        return GivenArticle(id="a", text=text, published="2031-04-02")

    gate(rules.profile, "", "warm")
    print(f"gate               {rate(items, lambda text: gate(rules.profile, '', text)):>10,.0f} texts/s")

    def read(text: str) -> object:
        return detect_text(as_text(text).as_text(language="en", today=NOW), rules, at=NOW)

    first = 1 / rate(texts[:1], read)  # compiles the rules of the language, once in a process
    print(f"full reading       {rate(texts, read):>10,.0f} texts of 4 kB/s, after {first:.1f} s for the first")
    detector = Detector(rules, at=NOW)
    entry = next(iter(detector.ledger.entries.values()))
    for number in range(PROPOSALS):
        detector.ledger.entries[f"made-{number}"] = entry
    [mention, *_] = detect_text(as_text(MADE[:400]).as_text(language="en", today=NOW), rules, at=NOW).mentions
    started = time.perf_counter()
    detector.ledger.resolve(mention, at=NOW)
    print(f"resolution         {1000 * (time.perf_counter() - started):>10.1f} ms against {PROPOSALS:,} proposals")


if __name__ == "__main__":
    main()
