"""The reading engine on the labelled texts and the seeds, held at what was reached (``floors/ledger.toml``).

Reads ``../shared/data`` and skips without it; the figures are those of ``../shared/tools/score_ledger.py``, which is called.
A floor holds for the data with its digest only; raise it when it is beaten, never lower it silently.
"""

import contextlib
import datetime as dt
import hashlib
import importlib.util
import io
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.detection import Detector, GivenArticle, as_json_line, read_articles
from monitor.mentions import Rules
from monitor.topics import load_topic
from monitor.warehouse import shipped

SHARED = Path(__file__).parents[2] / "shared"
DATA, SEEDS = SHARED / "data" / "ledger-dev", SHARED / "data" / "seeds"
FILES = ("articles.jsonl", "gold.jsonl", "alerts.json", "seed_gold.json")
FLOORS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "floors" / "ledger.toml").read_text(encoding="utf-8"))
NOW = dt.datetime(2031, 4, 2, tzinfo=dt.UTC)
# In the order of their dates, as far as they are known.
SEED_DATES = {"003": "2024-03-28", "001": "2025-03-13", "002": "2025-03-15", "004": "2025-06-02", "000": "2024-06"}
pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/ledger-dev beside the project"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # the scorer leaves its files open
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rules.of(load_topic(shipped("topics") / "gaza-ceasefire.toml"))


@pytest.fixture(scope="module")
def score(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that scores what the command prints, for all articles or for some."""
    articles = {article.id: article for article in read_articles(DATA / "articles.jsonl")}
    order = json.loads((DATA / "alerts.json").read_text(encoding="utf-8"))["order"]
    detector = Detector(rules, at=NOW)
    file = tmp_path_factory.mktemp("floors") / "pred.jsonl"
    read = [
        detector.read(articles[i].as_text(language="en", today=NOW))[1] for i in [*order, *sorted(set(articles) - set(order))]
    ]
    file.write_text("\n".join(map(as_json_line, read)), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("score_ledger", SHARED / "tools" / "score_ledger.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    plain = module.same_range

    def same_range(found: Any, gold: Any, tolerance: float = 0.05) -> bool:
        with contextlib.suppress(TypeError):  # some of the labels are words ("all"), which the scorer does not expect
            return bool(plain(found, gold, tolerance))
        return False

    def run(*options: str) -> dict[str, float]:
        with contextlib.redirect_stdout(io.StringIO()) as printed, pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["score_ledger.py", str(DATA), str(file), *options])
            patch.setattr(module, "same_range", same_range)
            module.main()
        return {name: float(value) for name, value in (line.split() for line in printed.getvalue().splitlines())}

    return run


def test_the_floors_are_those_of_this_data() -> None:
    digest = hashlib.sha256(b"".join((DATA / name).read_bytes() for name in FILES)).hexdigest()
    assert digest == FLOORS["data"]["sha256"], "other data: measure anew and set the floors for it"


def test_no_figure_falls_below_its_floor(score: Any) -> None:
    figures = score()
    assert not {k: figures[k] for k, least in FLOORS["at_least"].items() if figures[k] < least}
    assert not {k: figures[k] for k, most in FLOORS["at_most"].items() if figures[k] > most}


def test_the_half_that_the_rules_were_not_written_with_holds_too(score: Any) -> None:
    gold = [json.loads(line) for line in (DATA / "gold.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
    figures = score("--ids", ",".join(row["id"] for number, row in enumerate(gold, start=1) if number % 2))
    assert not {k: figures[k] for k, least in FLOORS["odd"]["at_least"].items() if figures[k] < least}


def test_the_seeds_raise_the_expected_alerts(rules: Rules) -> None:
    """Read into an empty ledger, each proposal that deserves an alert raises one, in its own text, and no hard negative any."""
    gold = json.loads((DATA / "seed_gold.json").read_text(encoding="utf-8"))
    names = {document["file"][:3]: document["file"] for document in gold["documents"]}
    texts = {number: (SEEDS / name).read_text(encoding="utf-8") for number, name in names.items()}
    detector, alerts = Detector(rules, at=NOW, is_empty=True), 0
    for number, day in SEED_DATES.items():
        given = GivenArticle(id=number, text=texts[number], published=day)
        line = detector.read(given.as_text(language="en", today=NOW))[1]
        wanted = [m for m in gold["mentions"] if m["file"] == names[number] and m["alert_expected"]]
        assert len(line["alerts"]) == len(wanted), (number, line["alerts"])
        alerts += len(line["alerts"])
        specific = [m for m in line["mentions"] if m["outcome"] in ("new", "variant", "known")]
        hit = [
            negative["quote"]
            for negative in gold["hard_negatives"]
            if negative["file"] == names[number]
            and any(m["start"] < negative["quote_end"] and m["end"] > negative["quote_start"] for m in specific)
        ]
        assert hit == []
    assert alerts == len(gold["expected_alerts"])
