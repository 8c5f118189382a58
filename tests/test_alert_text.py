"""The text of an alert: one story, four renderings, each with a golden file; and the feeds that readers subscribe to.

After a change that is meant, ``GOLDEN=1 pytest tests/test_alert_text.py`` writes the files anew; read the difference.
"""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import feedparser
import pytest
from lxml import etree

from monitor.alerts import QUOTE_WORDS, Message, Standing, Story, compose, cut, tell
from monitor.alerts.story import Passage, Position, Stated, passage_url
from monitor.alerts.syndication import atom_feed, json_feed
from monitor.alerts.text import AGAIN, REPEAT
from monitor.events import AlertRaised, ScoreRow

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
GOLDEN = Path(__file__).parent / "data" / "alerts"
NAMES = {"vestria": "Vestria", "norland": "Norland", "sudmark": "Sudmark"}
STANDING = Standing(
    independent_texts=2,
    stated=(
        Stated(term="captives_released", low=5, high=5, sources=("gazette.norland.test", "wire.vestria.test")),
        Stated(term="duration_days", low=20, high=20, sources=("wire.vestria.test",)),
        Stated(term="duration_days", low=30, high=40, sources=("gazette.norland.test",)),
        Stated(term="withdrawal", low=None, high=None, sources=("wire.vestria.test",)),
    ),
    positions=(
        Position(party="norland", stance="not accepted_in_principle", said_by="official:norland", outlet="gazette.norland.test"),
        Position(party="sudmark", stance="accepted", said_by="anonymous", outlet="wire.vestria.test"),
    ),
    passage=Passage(file="2031/03/10/pages-000.warc.gz", offset=4711),
)


def an_alert(**changes: Any) -> AlertRaised:
    """A variant, slipped into a known article, with words that each rendering must treat with care. All of it is fictional."""
    alert = AlertRaised(
        alert_id="alert-0123456789abcdef0123", kind="variant", proposal_id="proposal-2", parent_id="proposal-1", mention_id="mention-1",
        article_id="article-1", is_edit=True, label="Vestria: 20 days [reported 10 Mar 2031]", said_by="official:vestria", outlet="wire.vestria.test",
        title="Envoy’s *new* plan <live> & more", url="https://wire.vestria.test/world/882",
        quote="Vestria proposed a truce of 20 days, its envoy said, “for the harbour & the bridge” <sic>.", readings=(),
        nearest_label="Lighthouse plan", nearest_why=(ScoreRow(field="proposer", points=-3, why="proposed by vestria, not norland, sudmark"),
        ScoreRow(field="duration_days", points=1.5, why="20 against 20 to 40")), raised_at=NOW, parties=("vestria",), mediators=("norland",),
        language="en", parent_label="Harbour framework",
    )  # fmt: skip
    return alert.model_copy(update=changes)


def a_story(**changes: Any) -> Story:
    return tell(an_alert(**changes), STANDING, NAMES)


def a_message(**options: Any) -> Message:
    return compose([a_story()], message_id="alert-0123456789abcdef0123", **options)


@pytest.mark.parametrize("form", ["txt", "md", "html", "json"])
def test_the_renderings_are_those_of_the_golden_files(form: str) -> None:
    """Read them: they are what people get."""
    message = a_message()
    data = json.dumps(message.data, ensure_ascii=False, indent=1)
    text = {"txt": message.text, "md": message.markdown, "html": message.html, "json": data}[form] + "\n"
    path = GOLDEN / f"variant.{form}"
    if os.environ.get("GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_rendering_says_all_of_it(form: str) -> None:
    """By whom, through whom, what it varies, terms as ranges with their sources, positions with whose word it is, why not the nearest, archive."""
    text = getattr(a_message(), form).replace("\\", "")
    for said in (
        "by an edit", "20 to 40 days", "30 to 40 days: gazette.norland.test", "withdrawal: wire" if form != "html" else "withdrawal",
        "an official (Vestria)", "Sudmark: accepted, according to unnamed sources", "Norland: not accepted in principle",
        "Harbour framework", "Lighthouse plan", "proposed by Vestria, not Norland, Sudmark", "pages-000.warc.gz at byte 4711", "#:~:text=Vestria%20proposed%20a%20truce",
    ):  # fmt: skip
        assert said.split(": wire")[0] in text, said
    assert "vestria," not in text  # names, not ids


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "new", "is_edit": False}, "New proposal reported"),
        ({"kind": "edit"}, "entered a published article by an edit"),
        ({"kind": "position", "from_stance": "rejected", "to_stance": "accepted_in_principle"}, "from “rejected” to “accepted in principle”"),
        ({"kind": "feed", "feed_event": "silent", "since": NOW, "quote": ""}, "Nothing new since 2031-03-10 09:00 UTC"),
        ({"kind": "feed", "feed_event": "gap", "since": NOW, "quote": ""}, "probably missed"),
        ({"kind": "correction", "now_label": "Harbour plan"}, "now taken for: Harbour plan"),
        ({"kind": "correction", "now_label": None}, "no longer taken for a proposal"),
    ],
)  # fmt: skip
def test_each_kind_says_what_it_is(changes: dict[str, Any], said: str) -> None:
    message = compose([a_story(**changes)], message_id="m")
    for text in (message.text, message.html, message.markdown):
        assert said in text


def test_a_repeat_says_so_in_its_subject_and_every_rendering() -> None:
    """Where the receiver cannot tell, the reader can."""
    message = a_message(repeats=frozenset({"alert-0123456789abcdef0123"}))
    assert message.subject.startswith("[repeat] ")
    assert message.data["is_repeat"]
    for text in (message.text, message.markdown, message.html):
        assert REPEAT in text
    assert message.message_id == a_message().message_id
    assert AGAIN in a_message(is_again=True).text


def test_a_digest_marks_the_alerts_in_it_that_may_have_come_before() -> None:
    """And no other."""
    stories = [a_story(alert_id="alert-1", label="One"), a_story(alert_id="alert-2", label="Two")]
    message = compose(stories, message_id="digest-1", repeats=frozenset({"alert-2"}))
    assert (message.type, message.subject) == ("alert.digest", "2 alerts")
    assert message.text.count(REPEAT) == 1
    assert message.text.index("One") < message.text.index(REPEAT) < message.text.index("Two")
    assert [story["is_repeat"] for story in message.data["alerts"]] == [False, True]


def test_a_long_digest_tells_some_at_length_and_the_rest_in_a_line_each() -> None:
    """None is left out; a repeat is marked there, too."""
    stories = [a_story(alert_id=f"alert-{number}", label=f"No. {number}") for number in range(60)]
    message = compose(stories, message_id="digest-1", repeats=frozenset({"alert-59"}))
    for text in (message.text, message.markdown, message.html):
        assert "and 10 more" in text
        assert all(f"No. {number}" in text for number in range(60))
        assert text.index("repeat") < text.index("No. 59")
        assert text.index("repeat") > text.index("No. 58")
    assert len(message.data["alerts"]) == 60


def test_a_quote_has_at_most_twenty_five_words() -> None:
    long = " ".join(f"word{number}" for number in range(60))
    assert len(cut(long).removesuffix(" …").split()) == QUOTE_WORDS
    assert cut("Three short words.") == "Three short words."


@pytest.mark.parametrize(
    ("url", "passage", "directive"),
    [
        ("https://a.test/x", "A short one, with - marks & signs", "A short one, with - marks & signs"),
        ("https://a.test/x", "The first four words of this and then the last four", "The first four words,then the last four"),
        ("https://a.test/x", "The first four words of this and then the last …", "The first four words,and then the last"),
        ("https://a.test/x#part", "הצעה חדשה להפסקת אש", "הצעה חדשה להפסקת אש"),
    ],
)
def test_the_link_leads_to_the_passage(url: str, passage: str, directive: str) -> None:
    """A text fragment: commas, hyphens and ampersands within words are encoded, since they mean something there."""
    address, _, text = passage_url(url, passage).partition(":~:text=")
    assert address == url + ("" if "#" in url else "#")
    assert [unquote(part) for part in text.split(",")] == (
        [directive] if " - " in directive or "," not in directive else directive.split(",")
    )
    assert "-" not in text


def test_without_a_passage_the_link_is_the_address() -> None:
    assert passage_url("https://a.test/x", "") == "https://a.test/x"


# ---- feeds

NASTY = "Bad \x00\x0b letters \ud800, <tags> & ]]> “quotes” עזה"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_the_atom_feed_parses_and_has_what_the_specification_requires() -> None:
    """RFC 4287: id, title and updated of the feed and of each entry, an author, a link where nothing else is, ids that are IRIs."""
    stories = [a_story(alert_id="alert-1"), a_story(alert_id="alert-2", label=NASTY, title=NASTY)]
    document = atom_feed(stories, topic_id="t", topic_name="Norland & Sudmark")
    parsed = feedparser.parse(document)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert [entry.title.startswith("Variant") for entry in parsed.entries] == [True, True]
    assert len({entry.id for entry in parsed.entries}) == 2
    assert "#:~:text=" in parsed.entries[0].link
    root = etree.fromstring(document)
    for where in ("/a:feed", "//a:entry[1]", "//a:entry[2]"):
        for name in ("id", "title", "updated"):
            (text,) = root.xpath(f"{where}/a:{name}/text()", namespaces=ATOM)
            assert text
            if name == "id":
                assert text.startswith("urn:uuid:")
            if name == "updated":
                assert dt.datetime.fromisoformat(text) == NOW
    assert root.xpath("/a:feed/a:author/a:name/text()", namespaces=ATOM)


def test_the_json_feed_has_what_the_specification_requires() -> None:
    """JSON Feed 1.1: version, title, items; each item an id that never changes and content; dates in RFC 3339."""
    feed = json.loads(json_feed([a_story()], topic_id="t", topic_name="T"))
    assert (feed["version"], bool(feed["title"])) == ("https://jsonfeed.org/version/1.1", True)
    (item,) = feed["items"]
    assert isinstance(item["id"], str)
    assert item["content_html"]
    assert item["content_text"].startswith(item["title"])
    assert dt.datetime.fromisoformat(item["date_published"]) == NOW
    parsed = feedparser.parse(atom_feed([a_story()], topic_id="t", topic_name="T"))
    assert item["id"] == parsed.entries[0].id


def test_the_same_alerts_give_the_same_bytes_and_none_give_an_empty_feed() -> None:
    """Whoever compares by ETag or hash sees a change only when there is one."""
    for write in (atom_feed, json_feed):
        assert write([a_story()], topic_id="t", topic_name="T") == write([a_story()], topic_id="t", topic_name="T")
    assert feedparser.parse(atom_feed([], topic_id="t", topic_name="T")).entries == []
    assert json.loads(json_feed([], topic_id="t", topic_name="T"))["items"] == []
