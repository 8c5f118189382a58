"""What analysing costs: pages a second beside trafilatura alone; near-duplicates beside datasketch and rensa; a million stored.

    .venv/bin/python benchmarks/analyse.py [--pages N] [--rounds N] [--texts N] [--articles N] [--only pages|copies|memory|stored]

Needs ../shared/data beside the project and `pip install datasketch rensa`. Pages: real ones, each twice at other addresses,
through extract, judge and append with two processes, and through trafilatura.extract in a pool of two, in turn. Copies: the
labelled stream, each method with the texts of the last fourteen days, at the threshold that the design measured best for it;
microseconds are the processor's, for reading, asking and adding one text. Memory: texts of 380 words at random, each method in
a process of its own; the texts themselves are in none. Stored: a batch of 200 texts judged, where a year's articles are stored,
filled by statement (benchmarks/warehouse.py measures appending); a third repeats a stored text.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import multiprocessing
import os
import platform
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from machine import processor

from monitor.answers import Fetched
from monitor.duplicates import DuplicateIndex, MarkedText, TextToJudge, VetoRules, judge_duplicate
from monitor.duplicates.files import ComparableText, compare_texts, read_line
from monitor.events import ArticleExtracted, EntrySeen, PageFetched, event_id_of
from monitor.fingerprints import tokens
from monitor.ids import subject_id, text_sha256
from monitor.pipeline.analysing import extract, judge
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.settings import ExtractSettings, Settings

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
PROFILE = str(ROOT / "tests" / "data" / "topics" / "norland-sudmark.toml")
WINDOW = dt.timedelta(days=14)
NOW = dt.datetime(2031, 3, 10, tzinfo=dt.UTC)
PERMUTATIONS = 128


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure analysing.")
    parser.add_argument("--texts", type=int, default=100_000, help="texts held, for memory")
    parser.add_argument("--articles", type=int, default=1_000_000, help="articles stored, for judging")
    parser.add_argument("--pages", type=int, default=1000, help="pages at most")
    parser.add_argument("--rounds", type=int, default=3, help="how often the two take turns over the pages")
    parser.add_argument("--only", choices=("pages", "copies", "memory", "stored"))
    asked = parser.parse_args()
    say("machine", f"{os.cpu_count()} x {processor()}, {platform.system()} {platform.release()}")
    say("date", f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC")
    libraries = ("trafilatura", "duckdb", "datasketch", "rensa")
    say("python, " + ", ".join(libraries), ", ".join([platform.python_version(), *(version(name) for name in libraries)]))
    say("load average at the start", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    parts: dict[str, Callable[[], None]] = {
        "pages": lambda: pages(asked.pages, asked.rounds),
        "copies": copies,
        "memory": lambda: memory(asked.texts),
        "stored": lambda: stored(asked.articles),
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            part()
    say("load average at the end", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    return 0


# ---------------------------------------------------------------------------------------------------- pages


def pages(most: int, rounds: int) -> None:
    """Ours and trafilatura alone in turn, over the same pages, two processes each."""
    found = [page for folder in ("aeb", "fundus") for page in _real_pages(SHARED / "pages-dev" / folder)] * 2
    found = found[:most]
    taken: dict[str, list[float]] = {"ours": [], "alone": []}
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_extract_alone, found[:20])
        for number in range(rounds):
            start = time.perf_counter()
            pool.map(_extract_alone, found, chunksize=4)
            taken["alone"].append(time.perf_counter() - start)
            with tempfile.TemporaryDirectory() as folder:
                pipeline = _with_pages(Path(folder), found, number)
                if number == 0:
                    extract(_with_pages(Path(folder) / "warm", found[:20], 99))
                start = time.perf_counter()
                with pipeline.held():  # as a run does
                    extract(pipeline)
                    judge(pipeline)
                taken["ours"].append(time.perf_counter() - start)
    ours, alone = (len(found) / statistics.median(taken[name]) for name in ("ours", "alone"))
    ratios = [alone / ours for alone, ours in zip(taken["alone"], taken["ours"], strict=True)]  # of neighbours in time
    say(
        f"{len(found)} pages, median of {rounds}",
        f"ours {ours:.1f} pages/s; trafilatura alone {alone:.1f}; ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
    )


def _real_pages(folder: Path) -> Iterable[bytes]:
    for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        yield gzip.decompress((folder / json.loads(line)["html"]).read_bytes())


def _extract_alone(page: bytes) -> int:
    import trafilatura

    return len(trafilatura.extract(page, include_comments=False) or "")


def _with_pages(folder: Path, found: list[bytes], number: int) -> Pipeline:
    """A warehouse in which these pages were fetched."""
    settings = Settings(data=folder, topic=PROFILE, extract=ExtractSettings(workers=2))
    pipeline = load_pipeline(settings, clock=lambda: NOW)
    answers = [
        Fetched(f"https://outlet-{n % 40}.test/{n}", f"https://outlet-{n % 40}.test/{n}", 200, {}, page, NOW)
        for n, page in enumerate(found)
    ]
    records = pipeline.archive.write(answers, name=f"pages-{number}", at=NOW)
    events = []
    for answer, record in zip(answers, records, strict=True):
        article_id = subject_id("article", answer.url)
        entry = EntrySeen(
            entry_id=subject_id("entry", answer.url), feed_id="feed-a", entry_key=answer.url, article_id=article_id, url=answer.url,
            title="A page", summary="", published_at=NOW, published_text="", updated_text="", state=answer.url, language="en",
            gate="on_topic", gate_why=(), seen_at=NOW,
        )  # fmt: skip
        page = PageFetched(
            article_id=article_id, url=answer.url, final_url=answer.url, asked_by=str(event_id_of(entry)), attempt=1, status=200,
            content_type="text/html", charset=None, sha256=record.sha256, bytes=record.length, record=record, fetched_at=NOW,
        )  # fmt: skip
        events += pipeline.wrap([entry, page])
    with pipeline.warehouse() as live:
        pipeline.append(live, events)
    return pipeline


# ---------------------------------------------------------------------------------------------------- copies


def copies() -> None:
    """F1 and processor time on the labelled stream."""
    seeds, incoming = _texts("seed.jsonl.gz"), _texts("incoming.jsonl.gz")
    with gzip.open(SHARED / "near-dup-dev" / "incoming.jsonl.gz", "rt", encoding="utf-8") as lines:
        gold = [json.loads(line) for line in lines]
    for name, method in (("ours", _ours), ("datasketch", _datasketch), ("rensa", _rensa)):
        start = time.process_time()
        answers = method(seeds, incoming)
        each = (time.process_time() - start) / (len(seeds) + len(incoming))
        say(name, f"{_score(gold, answers)}; {each * 1e6:,.0f} µs a text")


def _texts(name: str) -> list[ComparableText]:
    with gzip.open(SHARED / "near-dup-dev" / name, "rb") as lines:
        return [read_line(line, name) for line in lines]


def _ours(seeds: list[ComparableText], incoming: list[ComparableText]) -> list[str | None]:
    return [verdict["duplicate_of"] for verdict in compare_texts(seeds, incoming, None)]


def _datasketch(seeds: list[ComparableText], incoming: list[ComparableText]) -> list[str | None]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.2, num_perm=PERMUTATIONS)
    held: dict[str, tuple[Any, dt.datetime | None]] = {}

    def marked(text: ComparableText) -> Any:
        mark = MinHash(num_perm=PERMUTATIONS, hashfunc=_crc)
        mark.update_batch(_shingle_bytes(text.text))
        return mark

    for seed in seeds:
        mark = marked(seed)
        held[seed.id] = (mark, seed.seen_at)
        index.insert(seed.id, mark)
    return [_best(mark := marked(text), text, index.query(mark), held, at_least=0.19) for text in incoming]


def _rensa(seeds: list[ComparableText], incoming: list[ComparableText]) -> list[str | None]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=0.18, num_perm=PERMUTATIONS, num_bands=64)
    held: dict[str, tuple[Any, dt.datetime | None]] = {}

    def marked(text: ComparableText) -> Any:
        mark = RMinHash(num_perm=PERMUTATIONS, seed=42)
        mark.update(_shingle_words(text.text))
        return mark

    for number, seed in enumerate(seeds):
        mark = marked(seed)
        held[seed.id] = (mark, seed.seen_at)
        index.insert(number, mark)
    found = []
    for text in incoming:
        mark = marked(text)
        found.append(_best(mark, text, [seeds[number].id for number in index.query(mark)], held, at_least=0.18))
    return found


def _best(
    mark: Any, text: ComparableText, names: Iterable[str], held: dict[str, tuple[Any, dt.datetime | None]], *, at_least: float
) -> str | None:
    near = []
    for name in names:
        other, seen_at = held[name]
        if seen_at is None or text.seen_at is None or abs(seen_at - text.seen_at) <= WINDOW:
            near.append((mark.jaccard(other), name))
    best = min(near, key=lambda found: (-found[0], found[1]), default=(0.0, ""))
    return best[1] if best[0] >= at_least else None


def _shingle_words(text: str) -> list[str]:
    words = tokens(text)
    return list({f"{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)})


def _shingle_bytes(text: str) -> list[bytes]:
    return [shingle.encode() for shingle in _shingle_words(text)]


def _crc(value: bytes) -> int:
    from zlib import crc32

    return crc32(value)


def _score(gold: list[dict[str, Any]], answers: list[str | None]) -> str:
    """As ../shared/tools/score_near_dup.py: negatives weigh three to each positive."""
    hit = wrong = false = positives = negatives = 0
    for row, answer in zip(gold, answers, strict=True):
        if row["cls"].startswith("roundup_") or "may_be" in row["cls"]:
            continue
        if row["true"]:
            positives += 1
            hit += answer == row["true"]
            wrong += answer not in (None, row["true"])
        else:
            negatives += 1
            false += answer is not None
    rate, recall = false / negatives, hit / positives
    precision = hit / (hit + wrong + 3 * positives * rate)
    return f"F1 {2 * precision * recall / (precision + recall):.3f}, recall {recall:.3f}, false positives {rate:.4f}"


# ---------------------------------------------------------------------------------------------------- memory


def memory(texts: int) -> None:
    """What each method holds of N texts, and its time for one, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    for name in ("ours", "datasketch", "rensa"):
        with context.Pool(1) as pool:
            megabytes, each = pool.apply(_hold, (name, texts))
        say(f"{name}, {texts:,} texts", f"{megabytes:,.0f} MB; {each * 1e6:,.0f} µs a text, read, asked and added")


def _hold(name: str, texts: int) -> tuple[float, float]:
    if name == "ours":
        held = _hold_ours()
    elif name == "datasketch":
        held = _hold_datasketch()
    else:
        held = _hold_rensa()
    words = [f"word{number}" for number in range(20_000)]
    weights = [1 / (number + 2) for number in range(20_000)]
    chance = random.Random(7)
    spent, base = 0.0, 0
    for number in range(texts):
        text = " ".join(chance.choices(words, weights, k=380))
        if number == 200:
            base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        held(number, text)
        spent += time.process_time() - start
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024, spent / texts


def _hold_ours() -> Callable[[int, str], object]:
    index, rules = DuplicateIndex([], lambda _: None), VetoRules()

    def hold(number: int, text: str) -> object:
        about = TextToJudge(f"article-{number:032x}", "", text_sha256(text), text, f"outlet-{number % 40}.test", NOW, None, "en")
        return judge_duplicate(MarkedText.of(about), index, rules, at=NOW)

    return hold


def _hold_datasketch() -> Callable[[int, str], object]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.2, num_perm=PERMUTATIONS)
    held: dict[str, Any] = {}

    def hold(number: int, text: str) -> object:
        mark = MinHash(num_perm=PERMUTATIONS, hashfunc=_crc)
        mark.update_batch(_shingle_bytes(text))
        best = max((mark.jaccard(held[name]) for name in index.query(mark)), default=0.0)
        held[str(number)] = mark
        index.insert(str(number), mark)
        return best

    return hold


def _hold_rensa() -> Callable[[int, str], object]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=0.18, num_perm=PERMUTATIONS, num_bands=64)
    held: dict[int, Any] = {}

    def hold(number: int, text: str) -> object:
        mark = RMinHash(num_perm=PERMUTATIONS, seed=42)
        mark.update(_shingle_words(text))
        best = max((mark.jaccard(held[name]) for name in index.query(mark)), default=0.0)
        held[number] = mark
        index.insert(number, mark)
        return best

    return hold


# ---------------------------------------------------------------------------------------------------- stored


def stored(articles: int, rounds: int = 5) -> None:
    """Judging 200 texts where 10,000 articles are stored, and where N are."""
    each = {number: _judge_beside(number, rounds) for number in (10_000, articles)}
    for number, milliseconds in each.items():
        say(f"judging 200 texts beside {number:,}", f"{milliseconds:,.0f} ms, median of {rounds}")
    say("ratio", f"{each[articles] / each[10_000]:.2f}")


def _judge_beside(articles: int, rounds: int) -> float:
    chance = random.Random(7)
    words = [f"word{number}" for number in range(20_000)]
    weights = [1 / (number + 2) for number in range(20_000)]
    wires = [" ".join(chance.choices(words, weights, k=380)) for _ in range(400)]
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        pipeline = load_pipeline(Settings(data=Path(folder), topic=PROFILE), clock=lambda: NOW)
        _fill(pipeline, articles)
        _append(pipeline, "wire", wires)
        judge(pipeline)
        for number in range(rounds):
            fresh = [
                chance.choice(wires) + f" said desk {number}" if n % 3 == 0 else " ".join(chance.choices(words, weights, k=380))
                for n in range(200)
            ]
            _append(pipeline, f"round{number}", fresh)
            start = time.perf_counter()
            judge(pipeline)
            taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def _append(pipeline: Pipeline, name: str, texts: list[str]) -> None:
    found = [
        ArticleExtracted(
            article_id=subject_id("article", f"{name}-{number}"), url=f"https://outlet-{number % 40}.test/{name}/{number}",
            outlet=f"{name}-{number % 40}.test", feed_id="feed-a", first_seen_at=NOW, title=name, title_origin="feed", published_at=None,
            published_origin="none", published_precision="none", author=None, language="en", body_sha256=text_sha256(text),
            words=380, page_sha256="0" * 64, page_event=f"page-{name}-{number}", method="m", extracted_at=NOW,
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    with pipeline.warehouse() as live:
        pipeline.append(live, pipeline.wrap(found), [(text_sha256(text), text) for text in texts])


def _fill(pipeline: Pipeline, articles: int) -> None:
    """A year of judged articles, one statement a relation; fingerprints of the last thirty days, as the projection keeps them."""
    with pipeline.warehouse() as live:
        execute = live._connection.execute  # noqa: SLF001 - no command fills relations past the log
        execute("CREATE TEMP TABLE past AS SELECT n - ? AS position, md5(concat('a', n)) AS name, sha256(concat('b', n)) AS body,"
                "?::TIMESTAMP - to_seconds(((? - n) * 31536000.0 / ?)::BIGINT) AS moment FROM range(?) AS t(n)",
                [articles + 10, NOW.replace(tzinfo=None), articles, articles, articles])  # fmt: skip
        execute("""INSERT INTO article BY NAME SELECT 'article-' || name AS article_id, 'norland-sudmark' AS topic, 'outlet-' || (position % 40) || '.test' AS outlet,
            'feed-a' AS feed_id, 'en' AS language, body AS body_sha256, 380 AS words, moment AS first_seen_at, moment AS extracted_at, 0 AS revisions, 'original' AS verdict,
            'article-' || name AS cluster_id, name AS text_event, name AS judged_event, name AS read_event, position, position AS changed_position,
            false AS is_to_judge, false AS is_to_read FROM past""")
        execute(
            """INSERT INTO fingerprint BY NAME SELECT 'article-' || name AS owner_id, body AS body_sha256, body AS content_sha256, 'article-' || name AS cluster_id,
            380 AS words, 378 AS shingles, 16 AS one_in, '' AS "sample", moment AS judged_at, false AS is_document, 'm' AS "method", position FROM past
            WHERE moment > ?::TIMESTAMP - INTERVAL 30 DAY""",
            [NOW.replace(tzinfo=None)],
        )
        execute(
            """INSERT INTO shingle SELECT (hash(concat(name, i)) % 268435456)::UINTEGER * 16, moment, false, position
            FROM past, range(27) AS t(i) WHERE moment > ?::TIMESTAMP - INTERVAL 30 DAY ORDER BY position""",
            [NOW.replace(tzinfo=None)],
        )
        columns = {
            row[0]
            for row in execute(
                "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'log' AND table_name = 'body'"
            ).fetchall()
        }
        key = ", substr(body, 1, 32)::UUID AS key" if "key" in columns else ""
        execute(f"INSERT INTO log.body BY NAME SELECT body AS sha256, 'text ' || name AS text{key} FROM past")
        execute("DROP TABLE past")
        execute("CHECKPOINT")


def say(name: str, value: str) -> None:
    print(f"{name:<44}{value}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
