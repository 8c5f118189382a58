"""How well proposals are read in labelled texts, by halves: what is fitted on one half is shown on the other.

    python benchmarks/ledger_quality.py DATA_DIR SCORER [--seeds 3]

DATA_DIR holds ``articles.jsonl``, ``gold.jsonl`` and ``alerts.json``; SCORER is the script that scores a file of predictions
(``score_ledger.py``). For each seed the texts are cut in two; of some values of the thresholds the best on the one half is
taken and shown on the other, and the other way round. Two further rows show the shipped values on the texts with even and
with odd number: the rules were first written with the odd half in view, and the even half looked at only later.

The rules themselves cannot be fitted again by a script: what a person wrote with a text in view stays in the file. So the
distance between the halves measures thresholds, and the truth is in texts that nobody saw.
"""

import argparse
import contextlib
import copy
import datetime as dt
import importlib.util
import io
import itertools
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from monitor.detection import Detector, GivenArticle, as_json_line, read_articles
from monitor.mentions import Rules
from monitor.topics import load_topic
from monitor.warehouse import shipped

NOW = dt.datetime(2031, 4, 2, tzinfo=dt.UTC)
SHOWN = ("mention_f1", "captives_exact", "duration_exact", "prisoners_exact", "proposer_f1", "party_stance_f1", "stance_f1")
GRID = tuple({"known": known, "new_below": below} for known, below in itertools.product((4.5, 5.0, 5.5), (0.5, 1.0, 1.5)))
Figures = dict[str, float]


def halves(ids: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Two halves of the ids, drawn with ``seed``; the same seed gives the same halves."""
    drawn = sorted(ids)
    random.Random(seed).shuffle(drawn)
    middle = len(drawn) // 2
    return drawn[:middle], drawn[middle:]


def predictions(rules: Rules, articles: Iterable[GivenArticle]) -> str:
    """What `monitor detect --jsonl` prints for the articles, one ledger over all of them."""
    detector = Detector(rules, at=NOW)
    return "\n".join(as_json_line(detector.read(article.as_text(language="en", today=NOW))[1]) for article in articles)


def with_thresholds(rules: Rules, values: dict[str, float]) -> Rules:
    """The rules with other thresholds of resolution, nothing compiled anew."""
    other = copy.copy(rules)
    other.profile = rules.profile.model_copy(update={"resolution": rules.profile.resolution.model_copy(update=values)})
    return other


def load_scorer(path: Path) -> ModuleType:
    """The scorer as a module; labels that are words ("all") are compared as words, which it does not expect itself."""
    spec = importlib.util.spec_from_file_location("score_ledger", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path}: is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    plain = module.same_range

    def same_range(found: Any, gold: Any, tolerance: float = 0.05) -> bool:
        with contextlib.suppress(TypeError):
            return bool(plain(found, gold, tolerance))
        return False

    module.same_range = same_range  # type: ignore[attr-defined]
    return module


def score(scorer: ModuleType, data: Path, predicted: str, ids: Iterable[str]) -> Figures:
    """The scorer's figures over some of the articles."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "predicted.jsonl"
        file.write_text(predicted, encoding="utf-8")
        argv, sys.argv = sys.argv, ["score_ledger.py", str(data), str(file), "--ids", ",".join(ids)]
        try:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                scorer.main()
        finally:
            sys.argv = argv
    pairs = (line.split() for line in printed.getvalue().splitlines())
    return {name: float(value) for name, value in pairs}


def show(name: str, figures: Figures) -> None:
    """One row of the table."""
    print(f"{name:34}" + "".join(f"{figures.get(key, float('nan')):>10.3f}" for key in SHOWN))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    scorer, rules = load_scorer(given.scorer), Rules.of(load_topic(shipped("topics") / "gaza-ceasefire.toml"))
    articles = {article.id: article for article in read_articles(given.data / "articles.jsonl")}
    order = json.loads((given.data / "alerts.json").read_text(encoding="utf-8"))["order"]
    listed = [articles[i] for i in [*order, *sorted(set(articles) - set(order))]]
    gold = [
        json.loads(line)["id"] for line in (given.data / "gold.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    print(" " * 34 + "".join(f"{name.removesuffix('_exact').removesuffix('_f1'):>10}" for name in SHOWN))
    shipped_ones = predictions(rules, listed)
    show("shipped, all", score(scorer, given.data, shipped_ones, gold))
    show("shipped, odd (in view first)", score(scorer, given.data, shipped_ones, gold[1::2]))
    show("shipped, even (looked at later)", score(scorer, given.data, shipped_ones, gold[::2]))
    tried = [(values, predictions(with_thresholds(rules, values), listed)) for values in GRID]
    for seed in range(given.seeds):
        for fitted, shown in (pair := halves(gold, seed), pair[::-1]):
            best = max(tried, key=lambda t: score(scorer, given.data, t[1], fitted)["mention_f1"])
            name = f"seed {seed}: " + " ".join(f"{value:g}" for value in best[0].values())
            show(f"{name}, fitted", score(scorer, given.data, best[1], fitted))
            show(f"{name}, shown", score(scorer, given.data, best[1], shown))


if __name__ == "__main__":
    main()
