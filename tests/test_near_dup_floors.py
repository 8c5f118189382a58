"""Near-duplicates on the labelled stream, held at what was reached (``floors/near_dup.toml``).

Reads ``../shared/data/near-dup-dev`` and skips without it. The figures are those of ``../shared/tools/score_near_dup.py``: a match
counts if it names the right text, and precision weighs the negatives to three for each positive. A floor holds for the
data with its digest only; raise it when it is beaten by more than ``slack``, never lower it silently.
"""

import gzip
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.duplicates.files import ComparableText, compare_texts, read_line
from monitor.topics import load_topic
from monitor.warehouse import shipped

DATA = Path(__file__).parents[2] / "shared" / "data" / "near-dup-dev"
FLOORS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "floors" / "near_dup.toml").read_text(encoding="utf-8"))
PROFILE = Path(__file__).parent / "data" / "topics" / "norland-sudmark.toml"
pytestmark = [
    pytest.mark.replay,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/near-dup-dev beside the project"),
]


def lines(name: str) -> Iterator[bytes]:
    with gzip.open(DATA / name, "rb") as stream:
        yield from stream


def texts(name: str) -> list[ComparableText]:
    return [read_line(line, name) for line in lines(name)]


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    """What the command would print, scored."""
    gold = [json.loads(line) for line in lines("incoming.jsonl.gz")]
    profile = load_topic(PROFILE, packs_dir=shipped("topics", "language"))
    found = {v["id"]: v["duplicate_of"] for v in compare_texts(texts("seed.jsonl.gz"), texts("incoming.jsonl.gz"), profile)}
    count: Counter[str] = Counter()
    for row in gold:
        answer, kind = found[row["id"]], row["cls"]
        if kind.startswith("roundup_"):
            continue
        if "may_be" in kind:
            count.update(template=1, template_matched=bool(answer))
        elif row["true"]:
            count.update(positive=1, hit=answer == row["true"], wrong=answer not in (None, row["true"]))
            if kind.startswith(("teaser", "truncate")):
                count.update(cut=1, cut_hit=answer == row["true"])
        else:
            count.update(negative=1, false=bool(answer))
    rate, recall = count["false"] / count["negative"], count["hit"] / count["positive"]
    precision = count["hit"] / (count["hit"] + count["wrong"] + 3 * count["positive"] * rate)
    return {
        "f1": 2 * precision * recall / (precision + recall),
        "false_positive_rate": rate,
        "recall_of_teasers_and_truncations": count["cut_hit"] / count["cut"],
        "template_matched": count["template_matched"] / count["template"],
    }


def test_the_floors_are_those_of_this_data() -> None:
    digest = hashlib.sha256(b"".join((DATA / name).read_bytes() for name in ("seed.jsonl.gz", "incoming.jsonl.gz"))).hexdigest()
    assert digest == FLOORS["data"]["sha256"], "other data: measure anew and set the floors for it"


@pytest.mark.parametrize("name", sorted(FLOORS["at_least"]))
def test_no_figure_falls_below_its_floor(figures: dict[str, float], name: str) -> None:
    assert figures[name] >= FLOORS["at_least"][name], figures


@pytest.mark.parametrize("name", sorted(FLOORS["at_most"]))
def test_no_figure_rises_above_its_ceiling(figures: dict[str, float], name: str) -> None:
    assert figures[name] <= FLOORS["at_most"][name], figures


@pytest.mark.parametrize("name", sorted({**FLOORS["at_least"], **FLOORS["at_most"]}))
def test_a_floor_that_is_beaten_is_raised(figures: dict[str, float], name: str) -> None:
    """Else the gain is lost without anybody seeing it."""
    floor = {**FLOORS["at_least"], **FLOORS["at_most"]}[name]
    assert abs(figures[name] - floor) <= FLOORS["slack"], f"set the floor of {name} to {figures[name]:.4f}"
