"""The whole program on its own demo newsroom, against what the newsroom's script says must come of it."""

import datetime as dt
import hashlib
import json
import shutil
import tomllib
from collections import Counter
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from monitor.archive import Archive
from monitor.cli import demo as demo_module
from monitor.cli.demo import run_demo
from monitor.newsroom import NewsroomSite
from monitor.warehouse import WarehouseFiles, open_live, query_copy
from monitor.warehouse.files import PROJECTIONS, relations

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = tomllib.loads((ROOT / "warehouse/newsroom/gaza-ceasefire/newsroom.toml").read_text(encoding="utf-8"))
HOSTS = {feed["id"]: feed["host"] for feed in SCRIPT["feed"]}
# Who puts forward what the script calls by a name of its own.
PROPOSER = {"egypt-20day-jun-2025": "egypt", "hamas-counter-jun-2025": "hamas", "turkiye-30day-jun-2025": "turkiye"}
WATCHED = ("article.", "proposal.", "alert.")


def url_of(article: dict[str, Any]) -> str:
    return f"http://{HOSTS[article['feed']]}/{article['slug']}"


def moment(poll: int) -> dt.datetime:
    return (SCRIPT["start"] + (poll - 1) * dt.timedelta(minutes=SCRIPT["step_minutes"])).replace(tzinfo=None)


ARTICLES = {article["id"]: article for article in SCRIPT["article"]}
READ = {key: article for key, article in ARTICLES.items() if article["expect"]["gate"] != "off"}


def expected_alerts() -> Counter[tuple[str, str, str, bool, dt.datetime]]:
    """(proposer, kind, article's address, by an edit, when), once for each alert that the script owes."""
    owed: Counter[tuple[str, str, str, bool, dt.datetime]] = Counter()
    for article in SCRIPT["article"]:
        if article["expect"]["alert"]:
            slug, kind = article["expect"]["alert"].split(":")
            owed[PROPOSER[slug], kind, url_of(article), False, moment(article["poll"])] += 1
    for edit in SCRIPT["edit"]:
        if edit["expect"]["alert"]:
            slug, kind = edit["expect"]["alert"].split(":")
            owed[PROPOSER[slug], kind, url_of(ARTICLES[edit["article"]]), True, moment(edit["poll"])] += 1
    return owed


def expected_links() -> dict[str, set[str]]:
    """The script's names of the proposals that each article speaks of once all edits are made, by address."""
    links = {url_of(article): set(article["expect"]["proposals"]) for article in READ.values()}
    for edit in SCRIPT["edit"]:
        if edit["expect"]["alert"]:
            links[url_of(ARTICLES[edit["article"]])].add(edit["expect"]["alert"].split(":")[0])
    return links


@dataclass(frozen=True)
class Demo:
    """A demo that has run: its folder, what it returned, and every request that its site answered."""

    folder: Path
    result: dict[str, Any]
    requests: list[tuple[str, str, int]]

    @property
    def files(self) -> WarehouseFiles:
        return WarehouseFiles(self.folder)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(self.files, statement).rows


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, run once; the tests only read it."""
    sites: list[NewsroomSite] = []

    def opened(newsroom: Any) -> NewsroomSite:
        sites.append(NewsroomSite(newsroom))
        return sites[-1]

    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_module, "NewsroomSite", opened)  # the same site, but its record of requests is kept
        result = run_demo(folder, with_prefect=False, quiet=True)
    return Demo(folder, result, sites[0].requests)


@pytest.fixture
def copied(demo: Demo, tmp_path: Path) -> Demo:
    """The same warehouse at another place, to do things to."""
    shutil.copytree(demo.folder, tmp_path / "demo")
    return Demo(tmp_path / "demo", demo.result, demo.requests)


def test_alerts_are_the_expected_ones_each_once(demo: Demo) -> None:
    """Every alert that the script owes is raised once, for the right article at the right poll, and no other is."""
    found = demo.rows("""
        SELECT unnest(proposal.proposers), alert.kind, alert.url, alert.is_edit, alert.raised_at
        FROM alert JOIN proposal USING (proposal_id)""")
    assert Counter(found) == expected_alerts()
    assert demo.rows("SELECT count(*) FROM event.alert_raised") == [(len(expected_alerts()),)]


def test_alerts_arrive_once_in_each_channel(demo: Demo) -> None:
    """The alert file holds one line for each alert; the log says so for the file, the feeds and the console."""
    lines = [json.loads(line) for line in (demo.folder / "alerts" / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
    raised = sorted(alert_id for (alert_id,) in demo.rows("SELECT alert_id FROM alert"))
    assert sorted(line["id"] for line in lines) == raised
    delivered = demo.rows("SELECT alert_id, channel FROM event.alert_delivered ORDER BY ALL")
    assert delivered == sorted((alert_id, channel) for alert_id in raised for channel in ("console", "feed", "file"))
    assert demo.rows("FROM event.alert_delivery_failed") == []
    feed = json.loads((demo.folder / "alerts" / "alerts.json").read_text(encoding="utf-8"))
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"]) == len(raised)


def test_every_article_has_the_expected_verdict(demo: Demo) -> None:
    """Originals, exact and near copies are told apart as the script says; nothing else became an article."""
    found = dict(demo.rows("SELECT url, verdict FROM article"))
    assert found == {url_of(article): article["expect"]["verdict"] for article in READ.values()}


def test_a_copy_is_traced_to_the_text_it_was_made_from(demo: Demo) -> None:
    """A copy stands in the cluster of the article that the script made it from, and an original in its own."""
    clusters = dict(demo.rows("SELECT url, cluster_id FROM article"))
    for article in READ.values():
        source = ARTICLES[article.get("copy_of", article["id"])]
        assert clusters[url_of(article)] == clusters[url_of(source)], article["id"]
    originals = [url_of(article) for article in READ.values() if "copy_of" not in article]
    assert len({clusters[url] for url in originals}) == len(originals)


def test_the_gate_decides_as_expected_and_off_topic_pages_are_never_fetched(demo: Demo) -> None:
    """Gate of every entry as the script says; what is off topic has no page row and was never asked of its server."""
    words = {"on": "on_topic", "undecided": "undecided", "off": "off_topic"}
    entries = dict(demo.rows("SELECT url, gate FROM entry WHERE NOT is_rejected"))
    assert entries == {url_of(article): words[article["expect"]["gate"]] for article in SCRIPT["article"]}
    assert {url for (url,) in demo.rows("SELECT url FROM page")} == {url_of(article) for article in READ.values()}
    asked = {f"http://{host}{path}" for host, path, _ in demo.requests}
    off = {url_of(article) for article in SCRIPT["article"] if article["expect"]["gate"] == "off"}
    assert off
    assert not off & asked
    assert {url_of(article) for article in READ.values()} <= asked


def test_every_page_is_asked_for_once_and_once_more_for_each_edit(demo: Demo) -> None:
    """A page is fetched when its entry is new and when it changed; beyond that only by the readings that look for edits."""
    edited = Counter(url_of(ARTICLES[edit["article"]]) for edit in SCRIPT["edit"])
    asked = Counter(f"http://{host}{path}" for host, path, _ in demo.requests)
    for_entries = dict(demo.rows("SELECT url, count(*) FROM event.page_fetched WHERE reading = 1 GROUP BY ALL"))
    assert for_entries == {url_of(article): 1 + edited[url_of(article)] for article in READ.values()}
    later = Counter(
        dict(
            demo.rows("""SELECT url, count(*) FROM (SELECT url FROM event.page_fetched WHERE reading > 1
            UNION ALL SELECT url FROM event.page_unchanged) GROUP BY ALL""")
        )
    )
    assert later
    assert {url: asked[url] for url in for_entries} == {url: count + later[url] for url, count in for_entries.items()}


def test_the_alert_of_an_edit_says_so(demo: Demo) -> None:
    """The proposal that was slipped into a known article raises the one alert that is marked as an edit's."""
    edit = next(edit for edit in SCRIPT["edit"] if edit["expect"]["alert"])
    by_edit = demo.rows("SELECT url, sentence FROM report.alert_evidence WHERE by_an_edit")
    assert [url for url, _ in by_edit] == [url_of(ARTICLES[edit["article"]])]
    assert by_edit[0][1] in edit["replace"]


def test_a_spelling_mistake_put_right_is_a_revision_and_no_alert(demo: Demo) -> None:
    """An edit without news: one article.revised with a small change, nothing raised or opened from its article."""
    edit = next(edit for edit in SCRIPT["edit"] if not edit["expect"]["alert"])
    url = url_of(ARTICLES[edit["article"]])
    revised = demo.rows(f"SELECT change FROM event.article_revised WHERE url = '{url}'")
    assert len(revised) == 1
    assert 0 < revised[0][0] < 0.2
    assert demo.rows(f"SELECT count(*) FROM alert WHERE url = '{url}'") == [(0,)]
    opened = f"SELECT count(*) FROM proposal JOIN article USING (article_id) WHERE article.url = '{url}'"
    assert demo.rows(opened) == [(0,)]


def test_every_edit_is_one_revision(demo: Demo) -> None:
    """There are as many article.revised events as edits in the script, each for its article."""
    found = Counter(url for (url,) in demo.rows("SELECT url FROM event.article_revised"))
    assert found == Counter(url_of(ARTICLES[edit["article"]]) for edit in SCRIPT["edit"])


def test_articles_speak_of_the_expected_proposals(demo: Demo) -> None:
    """Of the links from articles to proposals that the script expects, nine in ten are found, and at most one is wrong."""
    by_proposer = {proposer: slug for slug, proposer in PROPOSER.items()}
    found: dict[str, set[str]] = {}
    for url, nicknames, proposers in demo.rows("""
            SELECT article.url, proposal.nicknames, proposal.proposers FROM mention JOIN article USING (article_id)
            JOIN proposal ON proposal.proposal_id = mention.proposal_id WHERE mention.outcome IN ('new', 'variant', 'known')"""):
        slug = nicknames[0] if nicknames else by_proposer[proposers[0]]
        found.setdefault(url, set()).add(slug)
    expected = expected_links()
    pairs = {(url, slug) for url, slugs in expected.items() for slug in slugs}
    got = {(url, slug) for url, slugs in found.items() for slug in slugs}
    assert len(pairs & got) >= 0.9 * len(pairs), sorted(pairs - got)
    assert len(got - pairs) <= 1, sorted(got - pairs)


def test_question_one_articles_by_day_and_source(demo: Demo) -> None:
    """The first suggested question: counts by day and source equal a plain count over the script."""
    names = {feed["id"]: feed["name"] for feed in SCRIPT["feed"]}
    expected: dict[tuple[dt.date, str], list[int]] = {}
    for article in READ.values():
        row = expected.setdefault((moment(article["poll"]).date(), names[article["feed"]]), [0, 0, 0, 0])
        row[0] += 1
        row[1 if article["expect"]["verdict"] == "original" else 2] += 1
        row[3] += sum(edit["article"] == article["id"] for edit in SCRIPT["edit"])
    rows = demo.rows("SELECT day, source, articles, originals, copies, edits FROM report.articles_daily")
    assert {(day, source): counts for day, source, *counts in rows} == expected
    assert len(rows) == len(expected)


def test_question_two_proposals_first_reported_when_and_by_whom(demo: Demo) -> None:
    """The second suggested question: the first report of a proposal is when its first text was seen (for one that came
    by an edit: when the edit was seen), and by the outlet of that text; the earlier publication counts within a poll."""
    reports: dict[str, list[tuple[dt.datetime, dt.datetime, str]]] = {}
    for article in READ.values():
        for slug in article["expect"]["proposals"]:
            published = article.get("published", SCRIPT["start"]).replace(tzinfo=None)
            reports.setdefault(slug, []).append((moment(article["poll"]), published, HOSTS[article["feed"]]))
    for edit in SCRIPT["edit"]:
        if edit["expect"]["alert"]:
            slug = edit["expect"]["alert"].split(":")[0]
            host = HOSTS[ARTICLES[edit["article"]]["feed"]]
            reports.setdefault(slug, []).append((moment(edit["poll"]), edit["updated"].replace(tzinfo=None), host))
    expected = {PROPOSER.get(slug, slug): (min(found)[0], min(found)[2]) for slug, found in reports.items()}
    rows = demo.rows("""
        SELECT coalesce(proposal.nicknames[1], proposal.proposers[1]), ledger.first_seen, ledger.first_reported_by
        FROM report.proposal_ledger AS ledger JOIN proposal USING (proposal_id) WHERE ledger.articles > 0""")
    assert {who: (when, outlet) for who, when, outlet in rows} == expected


def test_question_three_alerts_with_sentence_page_and_record(demo: Demo) -> None:
    """The third suggested question: sentence, address and record of every alert, and the archived bytes hold the sentence."""
    rows = demo.rows("SELECT sentence, url, page_sha256, archive_file, archive_offset FROM report.alert_evidence")
    assert Counter(url for _, url, *_ in rows) == Counter(url for _, _, url, _, _ in expected_alerts().elements())
    for sentence, url, page_sha256, file, offset in rows:
        page = Archive(demo.folder / "archive").read(file, offset)
        assert hashlib.sha256(page).hexdigest() == page_sha256, url
        assert sentence in unescape(page.decode()), url


def test_all_checks_are_empty(demo: Demo) -> None:
    """No view in the schema "check" finds anything in the demo's warehouse."""
    assert {name: demo.rows(f'FROM "check"."{name}"') for name in relations("check")} == dict.fromkeys(relations("check"), [])


def test_every_entry_has_one_outcome(demo: Demo) -> None:
    """Entries of the script that are worth reading became articles, the others are off topic; the broken one is rejected."""
    found = dict(demo.rows("SELECT outcome, count(*) FROM report.entry_outcome GROUP BY ALL"))
    assert found == {"article": len(READ), "off_topic": len(ARTICLES) - len(READ), "rejected": 1}


def test_the_result_tells_what_the_warehouse_holds(demo: Demo) -> None:
    """What run_demo returns is what the copy answers: polls, alerts and proposals."""
    assert [run["at"] for run in demo.result["polls"]] == [f"{moment(number).isoformat()}+00:00" for number in (1, 2, 3, 4)]
    assert demo.result["warehouse"] == str(demo.files.copy)
    assert [alert["alert_id"] for alert in demo.result["alerts"]] == [
        alert_id for (alert_id,) in demo.rows("SELECT alert_id FROM report.alert_evidence")
    ]
    assert len(demo.result["proposals"]) == demo.rows("SELECT count(*) FROM proposal")[0][0]


def test_a_second_demo_on_the_same_warehouse_appends_nothing_of_substance(copied: Demo) -> None:
    """Polls and readings are recorded again, but no text, proposal or alert is new, and the alert file stays as it was."""
    statement = "SELECT type, count(*) FROM log.event GROUP BY ALL"
    before, alerts = dict(copied.rows(statement)), (copied.folder / "alerts/alerts.jsonl").read_bytes()
    result = run_demo(copied.folder, with_prefect=False, quiet=True)
    after = dict(copied.rows(statement))
    assert after["run.finished"] == before["run.finished"] + len(result["polls"])
    assert after["feed.polled"] > before["feed.polled"]
    changed = {wire for wire in after if after[wire] != before.get(wire)}
    read_again = {"page.fetched", "page.unchanged", "article.unchanged"}  # pages on the topic, a last time after a week
    assert not {wire for wire in changed - read_again if wire.startswith(WATCHED)}
    assert changed - read_again == {"run.started", "run.finished", "feed.polled", "feed.poll_failed"}
    assert (copied.folder / "alerts/alerts.jsonl").read_bytes() == alerts


def digests(path: Path) -> dict[str, str | None]:
    """A digest of the rows of every projection, whatever their order."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            name: connection.execute(
                f'SELECT md5(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) FROM "{name}" AS t'
            ).fetchall()[0][0]
            for name in PROJECTIONS
        }


def test_a_rebuild_gives_the_same_relations(copied: Demo) -> None:
    """Made afresh from the log alone, every relation has the same rows as the one that grew batch by batch."""
    before = digests(copied.files.copy)
    assert {name for name, digest in before.items() if digest is None} <= {
        "alias",
        "live_post",
        "acknowledgement",
        "judgement",
        "quarantine",
        "ruling",
        "mute",
        "retired_file",
    }  # none there
    with open_live(copied.files) as live:
        live.rebuild()
        live.publish()
    assert digests(copied.files.copy) == before
    assert {name: copied.rows(f'FROM "check"."{name}"') for name in relations("check")} == dict.fromkeys(relations("check"), [])
