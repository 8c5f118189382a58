"""What people decide about the ledger, by the real commands on a real warehouse: heeded by later runs, by every relation, by a
rebuild, and told to whom an alert had gone. Countries, outlets and texts are fictional."""

import asyncio
import csv
import datetime as dt
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from command import Command, Ended
from loopback import PROFILE, Loopback, answer, feeds_file, item, page, rss
from pyld import jsonld

from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import load_settings
from monitor.warehouse import query_copy

START = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)
FILLER = [f"Fishermen of pier {number} near Port Hallen sold {number * 3} crates before noon." for number in range(6)]
NORLAND = "Norland has presented a new proposal for a 20-day truce, its foreign ministry said. Five captives would be freed under the proposal."
SUDMARK = "Sudmark put forward a new proposal for a 90-day truce. Under the proposal, 300 prisoners would go home from Norland. Norland rejected the Sudmark proposal."
OPEN = "A new proposal for a 20-day truce between Norland and Sudmark is said to exist. Five captives would be freed under the proposal."
LATER = "Norland's new proposal for a truce of three weeks would free six captives, an envoy said. Sudmark rejected the Norland proposal."


@dataclass
class Desk:
    """A warehouse in the working folder that runs fill from one outlet, and the commands on it."""

    monitor: Command
    server: Loopback
    told: list[tuple[str, str]]
    now: dt.datetime = START

    def report(self, name: str, text: str) -> None:
        """A run in which the outlet has one more article."""
        self.told.append((name, text))
        date = format_datetime(self.now, usegmt=True)
        items = [
            item(f"Truce talks between Norland and Sudmark, part {name}", self.server.url(f"/{name}"), date=date)
            for name, _ in self.told
        ]
        self.server.routes["/feed"] = answer(rss(*items), "application/rss+xml")
        self.server.routes[f"/{name}"] = answer(page(f"Truce talks, part {name}", text, *FILLER))
        self.run()

    def run(self) -> None:
        pipeline = load_pipeline(load_settings(), clock=lambda: self.now)
        asyncio.run(run_cycle(pipeline))
        self.now += dt.timedelta(hours=2)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(load_pipeline(load_settings()).files, statement).rows

    def proposal(self, party: str) -> str:
        ((found,),) = self.rows(
            f"SELECT proposal_id FROM proposal WHERE mention_id IS NOT NULL AND list_contains(proposers, '{party}')"
        )
        return str(found)

    def ruled(self, *arguments: str, author: str = "ana") -> Ended:
        ended = self.monitor("proposals", *arguments, "--reason", "as the ministry explained", "--author", author)
        assert ended.code == 0, ended.err
        return ended

    def alerts(self) -> list[dict[str, Any]]:
        path = Path("store/alerts/alerts.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that rulings show in."""
        named = (
            "proposal",
            "mention",
            "position",
            "claim",
            "ruling",
            "proposal_term",
            "proposal_timeline",
            "report.proposal_ledger",
        )
        return {name: sorted(self.rows(f"FROM {name}"), key=repr) for name in named}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Loopback, Desk]]:
    """Made once: two proposals that the news brought and one mention that is left open."""
    folder = tmp_path_factory.mktemp("rulings")
    with Loopback() as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        feeds_file(folder / "feeds.toml", server.url("/feed"))
        (folder / "monitor.toml").write_text(
            f'data = "store"\ntopic = "{PROFILE}"\nfeeds = "feeds.toml"\n[alerts]\nconsole = false\nhold_minutes = 0\n'
            '[fetch]\npause_seconds = 0\nallow = ["127.0.0.1"]\n[extract]\nworkers = 1\n'
        )
        desk = Desk(lambda *_: Ended(1, "", ""), server, [])
        for name, text in (("norland", NORLAND), ("sudmark", SUDMARK), ("open", OPEN)):
            desk.report(name, text)
        yield folder, server, desk


@pytest.fixture
def desk(monitor: Command, filled: tuple[Path, Loopback, Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    folder, server, made = filled
    shutil.copytree(folder, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    desk = Desk(monitor, server, list(made.told), made.now)
    # What people decide is recorded at the time of the runs, which is not that of the machine.
    monkeypatch.setattr("monitor.cli.rulings.load_pipeline", lambda settings: load_pipeline(settings, clock=lambda: desk.now))
    return desk


def test_a_merge_moves_mentions_and_claims_and_later_runs_heed_it(desk: Desk) -> None:
    """The next report of the merged one means the other; nothing is opened, nothing is alerted to twice."""
    norland, sudmark = desk.proposal("norland"), desk.proposal("sudmark")
    desk.ruled("merge", norland, sudmark)
    assert desk.rows(f"SELECT merged_into, confirmed_by FROM proposal WHERE proposal_id = '{norland}'") == [(sudmark, None)]
    assert desk.rows(f"SELECT * FROM mention WHERE proposal_id = '{norland}'") == []
    assert norland not in {row[0] for row in desk.rows("SELECT proposal_id FROM report.proposal_ledger")}
    before = len(desk.rows("FROM proposal"))
    desk.report("later", LATER)
    assert len(desk.rows("FROM proposal")) == before
    found = desk.rows(
        "SELECT DISTINCT proposal_id FROM mention JOIN article USING (article_id) WHERE url LIKE '%/later' AND outcome = 'known'"
    )
    assert found == [(sudmark,)]
    assert {row[0] for row in desk.rows("SELECT proposal_id FROM position WHERE act = 'rejected'")} == {sudmark}


def test_a_merge_after_an_alert_is_a_correction_and_its_undoing_another(desk: Desk) -> None:
    """Whoever was told of the first proposal learns that it is the second, and then that it stands after all; each once."""
    norland, sudmark = desk.proposal("norland"), desk.proposal("sudmark")
    label = desk.rows(f"SELECT label FROM proposal WHERE proposal_id = '{sudmark}'")[0][0]
    assert [alert["kind"] for alert in desk.alerts()] == ["new", "new"]
    desk.ruled("merge", norland, sudmark)
    desk.run()
    desk.run()
    assert [alert["kind"] for alert in desk.alerts()] == ["new", "new", "correction"]
    assert f"now taken for: {label}" in desk.alerts()[-1]["text"]
    desk.ruled("split", norland)
    desk.run()
    desk.run()
    assert [alert["kind"] for alert in desk.alerts()] == ["new", "new", "correction", "correction"]
    assert "stands after all" in desk.alerts()[-1]["text"]
    assert desk.rows("SELECT count(DISTINCT alert_id) FROM alert") == [(4,)]


def test_a_split_undoes_a_merge(desk: Desk) -> None:
    """Proposals, mentions and positions are as they were; that somebody decided is not forgotten."""
    norland, sudmark = desk.proposal("norland"), desk.proposal("sudmark")
    asked = (
        "SELECT mention_id, outcome, proposal_id FROM mention ORDER BY 1",
        "FROM position",
        "FROM proposal ORDER BY proposal_id",
    )
    before = [desk.rows(one) for one in asked]
    desk.ruled("merge", norland, sudmark)
    assert [desk.rows(one) for one in asked] != before
    desk.ruled("split", norland, author="ben")
    assert [desk.rows(one) for one in asked] == before
    told = desk.rows("SELECT act, author, reason FROM ruling WHERE act <> 'assigned' ORDER BY position")
    assert told == [("merged", "ana", "as the ministry explained"), ("split", "ben", "as the ministry explained")]


@pytest.mark.parametrize("undone", [False, True])
def test_every_ruling_is_the_same_after_a_rebuild(desk: Desk, undone: bool) -> None:
    """From the log alone, whatever was decided; and the chain and all checks hold."""
    norland, sudmark = desk.proposal("norland"), desk.proposal("sudmark")
    (mention,) = (row[0] for row in desk.rows("SELECT mention_id FROM report.proposal_review"))
    desk.ruled("rename", sudmark, "The ninety days")
    desk.ruled("confirm", mention)
    desk.ruled("merge", norland, sudmark)
    desk.ruled("confirm", sudmark)
    if undone:
        desk.ruled("split", norland)
        desk.ruled("rename", sudmark, "--undo")
        desk.ruled("confirm", sudmark, "--undo")
        desk.ruled("dismiss", norland)
        desk.ruled("dismiss", norland, "--undo")
    desk.report("later", LATER)
    before = desk.state()
    assert desk.monitor("rebuild").code == 0
    assert desk.state() == before
    assert desk.monitor("verify").code == 0


def test_what_was_dismissed_opens_no_other_proposal(desk: Desk) -> None:
    """Its reports are kept as dismissed, later ones too; the alert is corrected; and it can be taken back."""
    norland = desk.proposal("norland")
    desk.ruled("dismiss", norland)
    desk.report("later", LATER)
    assert len([alert for alert in desk.alerts() if alert["kind"] == "new"]) == 2
    assert "no longer taken for a proposal" in desk.alerts()[-1]["text"]
    outcomes = desk.rows(f"SELECT DISTINCT outcome FROM mention WHERE proposal_id = '{norland}'")
    assert outcomes == [("dismissed",)]
    assert norland not in {row[0] for row in desk.rows("SELECT proposal_id FROM position")}
    desk.ruled("dismiss", norland, "--undo")
    assert {row[0] for row in desk.rows(f"SELECT outcome FROM mention WHERE proposal_id = '{norland}'")} == {"new", "known"}


def test_review_shows_the_evidence_and_confirming_opens_a_proposal(desk: Desk) -> None:
    """Sentence, source, archive record and points beside the nearest one; the new proposal is alerted to as any other."""
    shown = desk.monitor("proposals", "review").out
    ((mention, nearest),) = desk.rows("SELECT mention_id, nearest_label FROM report.proposal_review")
    for part in (
        mention,
        nearest,
        "A new proposal for a 20-day truce",
        "/open",
        "archive: ",
        "points,",
        "duration_days: 20 against 20",
    ):
        assert part in shown
    (row,) = json.loads(desk.monitor("proposals", "review", "--json").out)
    assert {points["field"] for points in row["rows"]} >= {"duration_days", "captives"}
    desk.ruled("confirm", mention)
    desk.run()
    assert "nothing is left open" in desk.monitor("proposals", "review").out
    assert [alert["kind"] for alert in desk.alerts()] == ["new"] * 3
    assert desk.rows("SELECT count(*) FROM proposal WHERE confirmed_by = 'ana'") == [(1,)]


def test_an_open_mention_can_be_said_to_mean_a_known_one(desk: Desk) -> None:
    """And a mention can be parted from a proposal again, into one of its own."""
    ((mention,),) = desk.rows("SELECT mention_id FROM report.proposal_review")
    norland = desk.proposal("norland")
    desk.ruled("confirm", mention, "--as", norland)
    assert desk.rows(f"SELECT outcome, proposal_id, assigned_by FROM mention WHERE mention_id = '{mention}'") == [
        ("known", norland, "ana")
    ]
    told = desk.ruled("split", norland, "--mention", mention).out
    ((own,),) = desk.rows(f"SELECT proposal_id FROM mention WHERE mention_id = '{mention}'")
    assert own != norland
    assert own in told
    desk.ruled("merge", own, norland)
    assert desk.rows(f"SELECT proposal_id FROM mention WHERE mention_id = '{mention}'") == [(norland,)]
    sudmark = desk.proposal("sudmark")
    desk.ruled("split", norland, "--mention", mention, "--to", sudmark)
    assert desk.rows(f"SELECT proposal_id FROM mention WHERE mention_id = '{mention}'") == [(sudmark,)]


def test_the_name_is_in_the_ledger_and_can_be_taken_back(desk: Desk) -> None:
    sudmark = desk.proposal("sudmark")
    first = desk.rows(f"SELECT label FROM proposal WHERE proposal_id = '{sudmark}'")
    desk.ruled("rename", sudmark, "The ninety days")
    assert "The ninety days" in desk.monitor("proposals").out
    assert "The ninety days" in desk.monitor("proposals", "show", sudmark).out
    desk.ruled("rename", sudmark, "--undo")
    assert desk.rows(f"SELECT label FROM proposal WHERE proposal_id = '{sudmark}'") == first


def test_the_ledger_of_before_can_be_asked_for(desk: Desk) -> None:
    """What was known before the ruling is as it was."""
    norland, sudmark = desk.proposal("norland"), desk.proposal("sudmark")
    ((moment,),) = desk.rows("SELECT max(recorded_at) FROM log.event")
    mentions = desk.rows("SELECT * EXCLUDE (article_position) FROM mention ORDER BY mention_id")
    proposals = desk.rows("FROM proposal ORDER BY proposal_id")
    desk.ruled("merge", norland, sudmark)
    desk.ruled("rename", sudmark, "The ninety days")
    then = f"TIMESTAMP '{moment}'"
    assert desk.rows(f"FROM proposal_as_known_at({then}) ORDER BY proposal_id") == proposals
    now = desk.rows(f"SELECT * EXCLUDE (article_position) FROM mention_as_known_at({then}) ORDER BY mention_id")
    assert [row[:-1] for row in now] == [row[:-1] for row in mentions]
    assert desk.rows("FROM proposal_as_known_at(TIMESTAMP '2090-01-01') ORDER BY proposal_id") == desk.rows(
        "FROM proposal ORDER BY proposal_id"
    )
    assert desk.rows("FROM mention_as_known_at(TIMESTAMP '2090-01-01') ORDER BY mention_id") == desk.rows(
        "FROM mention ORDER BY mention_id"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("merge", "{norland}", "{sudmark}", "--reason", "x"), "--author"),
        (("merge", "{norland}", "{sudmark}", "--author", "ana"), "--reason"),
        (("merge", "{norland}", "{norland}"), "itself"),
        (("merge", "{norland}", "proposal-nosuch"), "proposal-nosuch"),
        (("merge", "proposal-", "{sudmark}"), "begin so"),
        (("split", "{norland}"), "not merged"),
        (("split", "{norland}", "--mention", "mention-nosuch"), "mention-nosuch"),
        (("split", "{norland}", "--to", "{sudmark}"), "--mention"),
        (("rename", "{norland}"), "--undo"),
        (("dismiss", "{norland}", "--undo"), "not dismissed"),
        (("confirm", "{norland}", "--undo"), "not confirmed"),
        (("confirm", "{norland}", "--as", "{sudmark}"), "--as"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_way_out(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    """Nothing is recorded."""
    names = {"norland": desk.proposal("norland"), "sudmark": desk.proposal("sudmark")}
    given = [one.format(**names) for one in arguments]
    if "--reason" not in given and "--author" not in given:
        given += ["--reason", "x", "--author", "ana"]
    before = desk.rows("SELECT count(*) FROM log.event")
    ended = desk.monitor("proposals", *given)
    assert ended.code == 2
    assert said in ended.err
    assert desk.rows("SELECT count(*) FROM log.event") == before


def test_the_author_may_come_from_the_settings(desk: Desk) -> None:
    with Path("monitor.toml").open("r+") as file:
        file_text = file.read()
        file.seek(0)
        file.write('author = "carla"\n' + file_text)
    assert desk.monitor("proposals", "confirm", desk.proposal("norland"), "--reason", "published").code == 0
    assert desk.rows("SELECT author FROM ruling") == [("carla",)]


def test_nothing_is_merged_into_what_is_merged_or_dismissed(desk: Desk) -> None:
    """The way out names the one that stands for it."""
    norland, sudmark = desk.proposal("norland"), desk.proposal("sudmark")
    desk.ruled("merge", norland, sudmark)
    ended = desk.monitor("proposals", "merge", sudmark, norland, "--reason", "x", "--author", "ana")
    assert (ended.code, sudmark in ended.err) == (2, True)
    desk.ruled("dismiss", sudmark)
    ended = desk.monitor("proposals", "confirm", sudmark, "--reason", "x", "--author", "ana")
    assert (ended.code, "--undo" in ended.err) == (2, True)


# ---- reading


def test_show_says_everything_with_whose_word_it_is(desk: Desk) -> None:
    """Terms with sources, positions with speakers, timeline, lineage, and the nearest one with the reason why it is not that."""
    desk.report("later", LATER)
    norland = desk.proposal("norland")
    shown = desk.monitor("proposals", "show", norland).out
    for part in (
        "20 to 21 days  (sources differ)",
        "captives 5 to 6",
        "Sudmark: rejected, according to",
        "timeline",
        "why not that",
        "Lighthouse plan",
    ):
        assert part in shown, part
    found = json.loads(desk.monitor("proposals", "show", norland, "--json").out)
    assert {term["term"] for term in found["terms"]} == {"duration_days", "captives"}
    assert desk.monitor("proposals", "show", "no such words").code == 2


def test_timeline_by_party_and_time_in_three_formats(desk: Desk) -> None:
    rows = json.loads(desk.monitor("timeline", "--format", "json").out)
    assert {(row["party"], row["act"]) for row in rows} >= {
        ("norland", "proposed"),
        ("sudmark", "proposed"),
        ("norland", "rejected"),
    }
    assert all(row["said_by"] and row["sentence"] for row in rows)
    assert rows == sorted(rows, key=lambda row: row["reported_at"])
    sudmark = json.loads(desk.monitor("timeline", "--party", "Sudmark", "--format", "json").out)
    assert {row["party"] for row in sudmark} == {"sudmark"}
    lines = list(csv.DictReader(io.StringIO(desk.monitor("timeline", "--format", "csv").out)))
    assert len(lines) == len(rows)
    assert json.loads(desk.monitor("timeline", "--since", "2031-05-01", "--format", "json").out) == []
    assert len(json.loads(desk.monitor("timeline", "--since", "1h", "--format", "json").out)) < len(rows)
    for wrong in (("--since", "soon"), ("--party", "nobody"), ("--format", "xml")):
        assert desk.monitor("timeline", *wrong).code == 2
    assert "according to" in desk.monitor("timeline").out


# ---- export


def test_the_export_is_linked_data_whose_quotes_stand_in_the_texts(desk: Desk) -> None:
    """Expanded by a JSON-LD processor without a network; every selector leads to the words that it quotes."""
    document = json.loads(desk.monitor("proposals", "export").out)
    expanded = jsonld.expand(document, options={"documentLoader": _no_network})
    kinds: dict[str, list[dict[str, Any]]] = {}
    for node in expanded:
        for kind in node["@type"]:
            kinds.setdefault(kind, []).append(node)
    claims = kinds["https://schema.org/Claim"]
    assert (
        len(claims)
        == desk.rows("SELECT count(*) FROM claim JOIN mention USING (mention_id) WHERE outcome IN ('new', 'variant', 'known')")[
            0
        ][0]
    )
    named = {node["@id"] for node in expanded}
    for claim in claims:
        assert claim["https://schema.org/author"]
        assert claim["https://schema.org/claimInterpreter"]
        assert claim["https://schema.org/about"][0]["@id"] in named
        assert claim["https://schema.org/appearance"][0]["@id"] in named
        assert claim["https://schema.org/firstAppearance"][0]["@id"] in named
    texts = {f"urn:ceasefire-monitor:{article}": text for article, text in desk.rows(
        "SELECT article_id, text FROM article JOIN log.body ON body.key = substr(article.body_sha256, 1, 32)::UUID")}  # fmt: skip
    annotations = kinds["http://www.w3.org/ns/oa#Annotation"]
    assert len(annotations) > len(claims)
    for annotation in annotations:
        (target,) = annotation["http://www.w3.org/ns/oa#hasTarget"]
        text = texts[target["http://www.w3.org/ns/oa#hasSource"][0]["@id"]]
        quote, place = target["http://www.w3.org/ns/oa#hasSelector"]
        start, end = (int(place[f"http://www.w3.org/ns/oa#{name}"][0]["@value"]) for name in ("start", "end"))
        words = {name: quote[f"http://www.w3.org/ns/oa#{name}"][0]["@value"] for name in ("exact", "prefix", "suffix")}
        assert words["exact"] == text[start:end] != ""
        assert text[:start].endswith(words["prefix"])
        assert text[end:].startswith(words["suffix"])
    records = [node["http://www.w3.org/ns/prov#wasDerivedFrom"][0]["@id"] for node in kinds["https://schema.org/NewsArticle"]]
    files = {str(path.name) for path in Path("store/archive").rglob("*.warc.gz")}
    assert records
    assert all(record.split("warc:")[1].split("?")[0].rsplit("/")[-1] in files for record in records)


def _no_network(url: str, options: Any) -> Any:
    raise AssertionError(f"asked for {url}")


def test_the_export_leaves_out_what_people_took_out(desk: Desk) -> None:
    desk.ruled("dismiss", desk.proposal("norland"))
    said = desk.monitor("proposals", "export").out
    assert desk.proposal("norland") not in said
    assert desk.proposal("sudmark") in said


def test_the_csv_has_a_line_for_each_mention_and_claim(desk: Desk) -> None:
    """Into a file that was not there; never over one that is."""
    assert desk.monitor("proposals", "export", "--format", "csv", "ledger.csv").code == 0
    with Path("ledger.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["kind"] for row in rows} == {"mention", "claim"}
    assert all(row["quote"] and row["archive_file"] and row["said_by"] for row in rows)
    again = desk.monitor("proposals", "export", "--format", "csv", "ledger.csv")
    assert (again.code, "ledger.csv" in again.err) == (2, True)
