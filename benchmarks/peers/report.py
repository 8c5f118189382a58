"""`docs/benchmarks.md` and the results as JSON."""

from __future__ import annotations

from typing import Any

from .newsstand import BUSY, COPIES, FAILS, ROUNDS
from .peers import LEFT_OUT, MONITOR, PLAIN

Row = dict[str, Any]
_HEAD = "| | pages a second | CPU seconds a page | most memory | entries lost | copies missed | copies that are none | text F1 |\n|---|--:|--:|--:|--:|--:|--:|--:|\n"


def document(results: dict[str, Any]) -> str:
    """The whole page, from the results that are also kept as JSON."""
    rows: list[Row] = results["peers"]
    return (
        "# Beside other ways to do it\n\n"
        f"Written by `{results['command']}`; do not edit.\n\n"
        f"{_conditions(results)}\n"
        f"{_HEAD}{''.join(map(_row, rows))}\n"
        f"{_ratios(rows)}"
        "## What each cannot do\n\n"
        "| | version | cannot | its row alone |\n|---|---|---|---|\n"
        + "".join(f"| {row['name']} | {row['version']} | {row['cannot']} | `{row['command']}` |\n" for row in rows)
        + _absent(results)
        + "\n"
        + _how(results)
    )


def _conditions(results: dict[str, Any]) -> str:
    machine = results["machine"]
    return (
        f"One run on {results['date']}: {machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB of memory, {machine['system']}, "
        f"Python {machine['python']}; load average {results['load'][0]} before and {results['load'][1]} after. {results['entries']:,} entries of {results['outlets']} "
        f"outlets, {results['pairs']} of them copies of others; {results['pages']} pages, {results['scored']} of them with a gold text.\n"
    )


def _row(row: Row) -> str:
    if "failed" in row:
        return f"| {row['name']} | did not end: {row['failed']} | | | | | | |\n"
    score = row["score"]
    speed = f"{row['pages_a_second']:.1f}" if row["is_for_pages"] else "no pages"
    cpu = f"{row['cpu_a_page']:.3f}" if row["is_for_pages"] else f"{row['cpu_a_page']:.4f} an entry"
    missed = "has no such thing" if score["missed"] is None else f"{score['missed']} of {score['pairs']}"
    f1 = "–" if score["f1"] is None else f"{score['f1']:.3f}"
    return (
        f"| {row['name']} | {speed} | {cpu} | {row['memory_mb']:.0f} MB | {score['lost']} of {score['entries']} | {missed} "
        f"| {'–' if score['false'] is None else score['false']} | {f1} |\n"
    )


def _ratios(rows: list[Row]) -> str:
    speeds = {row["key"]: row["pages_a_second"] for row in rows if row.get("pages_a_second") and row["is_for_pages"]}
    ours = speeds.pop(MONITOR, None)
    if ours is None or not speeds:
        return ""
    names = {row["key"]: row["name"] if row["key"] != PLAIN else "the plain script" for row in rows}
    return (
        "The monitor reads "
        + ", ".join(f"{ours / other:.1f} times as many pages a second as {names[key]}" for key, other in speeds.items())
        + ".\n\n"
    )


def _absent(results: dict[str, Any]) -> str:
    lines = "".join(f"- {name} could not be installed: {why}\n" for name, why in results["absent"].items())
    return f"\n{LEFT_OUT}\n" + (f"\n{lines}" if lines else "")


def _how(results: dict[str, Any]) -> str:
    source = (
        "The pages are real ones of publishers with their gold texts; to reach the number, pages are given again in other words, which are not scored."
        if results["pages"] == "real"
        else "The pages are invented by the benchmark: they measure speed and bookkeeping, and say little about the quality of texts on real pages."
    )
    return f"""## How it is measured

One server on loopback, in a process of its own and on the same cores, is all outlets and the proxy before them. Each peer reads the same feeds and
pages, alone, one after the other, each with a fresh server, in a process of its own that has imported what it needs before the clock starts.
There are {ROUNDS} rounds in which outlets publish, and one more. Every peer polls each feed once in each round; so a faster poller has no advantage here.

- **Pages a second**: entries that were published and recorded, by the seconds of all rounds. **CPU** counts the peer's processes, not the server.
  **Memory** is the sum over its processes, where what they share counts more than once.
- **Entries lost**: nothing is recorded of them, neither a text nor a reason why there is none. In round {BUSY + 1} a quarter of the outlets publish more
  than their feeds can show; their news sitemaps list it all. One page in {FAILS} answers 503 when it is first asked for.
- **Copies**: one entry in {COPIES} is another outlet's page with a line of credit and one paragraph less. Missed are pairs of which both pages were
  recorded and neither is called a copy of the other; copies that are none are verdicts between other pages.
- **Text F1**: multisets of four-word shingles against the gold texts, precision and recall averaged over pages, as the article-extraction-benchmark does it; a
  page that is not there counts as empty. Of a page that the monitor keeps back (a paywall, a notice) the text that it kept is scored.
- The monitor does more on the way than any other row: raw bytes as WARC, an event log, its relations and a published copy, rules that read each text for
  proposals. It is told of each outlet's news sitemap in its list of feeds, and makes no pause between two requests to a host.

{source}
"""
