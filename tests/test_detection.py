"""`monitor detect`: texts read without a warehouse. All parties and texts are fictional."""

import datetime as dt
import json

import pytest

from monitor.detection import Detector, GivenArticle
from monitor.mentions import Rules
from monitor.topics import TopicProfile

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)
NEW = (
    "Norland has presented a new proposal for a 20-day truce, two officials told the Gazette. "
    "Under the proposal, five captives would be freed. Sudmark rejected the offer."
)


@pytest.fixture(scope="module")
def rules(profile: TopicProfile) -> Rules:
    return Rules(profile)


@pytest.fixture
def read(rules):
    """A function that reads texts in their order with one ledger and gives the printed lines."""
    detector = Detector(rules, at=NOW)

    def run(*texts, day="2031-04-02"):
        given = [GivenArticle(id=f"a{number}", text=text, published=day) for number, text in enumerate(texts)]
        return [detector.read(article.as_text(language="en", today=NOW))[1] for article in given]

    return run


def test_a_line_says_what_the_text_speaks_of(read):
    """Every place of the proposal with its terms, parties and stances, and one alert."""
    [line] = read(NEW)
    first = line["mentions"][0]
    assert line["on_topic"]
    assert [alert["kind"] for alert in line["alerts"]] == ["new"]
    assert {mention["proposal_id"] for mention in line["mentions"]} == {line["alerts"][0]["proposal_id"]}
    assert (first["outcome"], first["proposers"]) == ("new", ["Norland"])
    assert (tuple(first["duration_days"]), tuple(first["captives"])) == ((20, 20), (5, 5))
    assert ("Sudmark", "rejected") in {(stance["party"], stance["act"]) for stance in first["stances"]}
    assert NEW[first["start"] : first["end"]] == "proposal"
    assert {"proposal", "offer", "five captives"} <= {NEW[m["start"] : m["end"]] for m in line["mentions"]}


def test_the_source_is_given_in_the_texts_own_words(read):
    [line] = read(NEW)
    sources = {(stance["act"], stance["source"]) for stance in line["mentions"][0]["stances"]}
    assert ("proposed", "two officials (Gazette)") in sources
    assert ("rejected", "writer") in sources


def test_one_ledger_serves_the_whole_file(read):
    """The second report is known and owes no alert."""
    first, second = read(NEW, "Norland's proposal for a 20-day truce was discussed; five captives would be freed.")
    assert second["alerts"] == []
    assert {mention["outcome"] for mention in second["mentions"]} == {"known"}
    assert second["mentions"][0]["proposal_id"] == first["alerts"][0]["proposal_id"]


def test_an_empty_ledger_knows_none_of_the_profiles_proposals(rules):
    """Then the profile's own proposals are new as well."""
    text = GivenArticle(id="a", text="Sudmark discussed the Lighthouse plan for a 40-day truce.").as_text(
        language="en", today=NOW
    )
    assert Detector(rules, at=NOW).read(text)[1]["alerts"] == []
    assert [alert["kind"] for alert in Detector(rules, at=NOW, is_empty=True).read(text)[1]["alerts"]] == ["new"]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2031-04-02", "2031-04-02T12:00:00+00:00"),
        ("2031-04", "2031-04-15T00:00:00+00:00"),
        ("2031", "2031-07-01T00:00:00+00:00"),
        ("2031-04-02T08:30:00Z", "2031-04-02T08:30:00+00:00"),
        ("soon", NOW.isoformat()),
        (None, NOW.isoformat()),
    ],
)
def test_a_date_is_taken_as_far_as_it_is_given(published, expected):
    article = GivenArticle(id="a", text="", published=published)
    assert article.as_text(language="en", today=NOW).reported_at.isoformat() == expected


def test_the_command_prints_a_line_for_each_article(monitor, tmp_path):
    """In the order of the file, with the keys that a scorer reads."""
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps({"id": i, "title": None, "lang": "en", "text": NEW, "url": ""}) + "\n" for i in "ab"))
    ended = monitor("detect", "--jsonl", file)
    assert ended.code == 0
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert [line["id"] for line in lines] == ["a", "b"]
    assert all({"on_topic", "mentions", "alerts"} <= line.keys() for line in lines)


def test_a_bad_line_is_named(monitor, tmp_path):
    file = tmp_path / "articles.jsonl"
    file.write_text('{"id": "a", "text": "x"}\n{"id": "b"}\n')
    ended = monitor("detect", "--jsonl", file)
    assert ended.code != 0
    assert "articles.jsonl:2" in ended.err
    assert "text" in ended.err


def test_a_person_sees_the_text_and_what_was_read(monitor, tmp_path):
    file = tmp_path / "article.txt"
    file.write_text("Egypt has presented a new proposal for a 20-day truce in Gaza. Five captives would be freed, it said.")
    ended = monitor("detect", file, "--published", "2031-04-02")
    assert ended.code == 0
    for part in ("20-day truce", "by Egypt", "alert (new)", "on_topic"):
        assert part in ended.out
