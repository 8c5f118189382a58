"""The other kinds of alerts, raised from a warehouse: positions, edits that bring a known proposal, feeds, corrections."""

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from loopback import PROFILE

from monitor.events import (
    ArticleExtracted,
    ArticleRevised,
    ClaimMade,
    Event,
    EventData,
    FeedFellSilent,
    FeedGapClosed,
    FeedGapFound,
    FeedPolled,
    FeedRegistered,
    MentionDetected,
    MentionResolved,
    ProposalOpened,
    Span,
)
from monitor.ids import text_sha256
from monitor.pipeline.alerting import alert
from monitor.pipeline.running import finish
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.settings import AlertSettings, Settings
from monitor.subscriptions import Subscription
from monitor.warehouse import query_copy

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
ALL = Subscription(kinds=("new", "variant", "edit", "position", "feed", "correction"))
HOUR = dt.timedelta(hours=1)


class World:
    """A warehouse to which a test tells what articles say; the clock goes on by an hour with each run."""

    def __init__(self, folder: Path, *subscriptions: Subscription) -> None:
        self.now, self.number = NOW, 0
        alerts = AlertSettings(console=False, hold_minutes=0)
        self.pipeline: Pipeline = load_pipeline(Settings(data=folder, topic=str(PROFILE), alerts=alerts), clock=lambda: self.now)
        profile = self.pipeline.profile.model_copy(update={"subscription": subscriptions or (ALL,)})
        self.pipeline.profile = profile
        self.run()
        self.tell([self.proposal("plan")])

    def tell(self, what: Sequence[EventData], bodies: Sequence[str] = ()) -> None:
        with self.pipeline.warehouse() as live:
            events = [Event.of(one, at=self.now, run_id="told", topic=self.pipeline.topic) for one in what]
            live.append(events, [(text_sha256(text), text) for text in bodies])

    def run(self) -> list[tuple[Any, ...]]:
        """What a run raises: kind, label or party and stance, and whether it was sent to the file."""
        before = (
            self.rows("SELECT alert_id FROM alert")
            if self.number or (self.pipeline.settings.data / "monitor.duckdb").exists()
            else []
        )
        asyncio.run(alert(self.pipeline))
        finish(self.pipeline)
        self.now += HOUR
        known = {row[0] for row in before}
        found = self.rows("""SELECT alert.alert_id, alert.kind, coalesce(alert.to_stance, alert.feed_event, alert.proposal_id), coalesce(delivery.is_delivered, false)
            FROM alert LEFT JOIN delivery ON delivery.alert_id = alert.alert_id AND delivery.channel = 'file' ORDER BY ALL""")
        return sorted(row[1:] for row in found if row[0] not in known)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(self.pipeline.files, statement).rows

    def proposal(self, name: str, mention: str | None = None) -> ProposalOpened:
        return ProposalOpened(
            proposal_id=name, label=f"The {name}", kind="other", status="open", proposers=("vestria",), claimed_by=(), mediators=(), nicknames=(),
            announced_at=None, active_from=None, active_until=None, readings=(), mention_id=mention, article_id=None, opened_at=self.now,
        )  # fmt: skip

    def article(self, name: str, text: str, *, outlet: str = "", previous: str | None = None) -> None:
        common: dict[str, Any] = {
            "article_id": name, "url": f"https://{outlet or name}.test/x", "outlet": f"{outlet or name}.test", "feed_id": "feed", "first_seen_at": self.now,
            "title": f"About {name}", "title_origin": "feed", "published_at": self.now, "published_origin": "feed", "published_precision": "second",
            "author": None, "language": "en", "body_sha256": text_sha256(text), "words": 4, "page_sha256": text_sha256(text),
            "page_event": str(uuid.uuid5(uuid.NAMESPACE_URL, text)), "method": "m", "extracted_at": self.now,
        }  # fmt: skip
        kind = ArticleExtracted if previous is None else ArticleRevised
        more = {} if previous is None else {"previous_sha256": text_sha256(previous), "change": 0.3}
        self.tell([kind(**common, **more)], [text])

    def mention(
        self,
        article: str,
        text: str,
        quote: str,
        proposal: str | None = "plan",
        *stances: str,
        outcome: str = "known",
        said: dt.datetime | None = None,
    ) -> str:
        """The article's text speaks of a proposal in a sentence, and says where Norland stands. Gives the mention's id."""
        self.number += 1
        name = f"mention-{self.number}"
        span = Span(start=0, end=len(quote), text=quote)
        what: list[EventData] = [
            MentionDetected(
                mention_id=name, article_id=article, body_sha256=text_sha256(text), ordinal=0, frame=span, window_start=0, window_end=9, quote=quote,
                proposers=("vestria",), claimed_by=(), mediators=(), nicknames=(), readings=(), is_proposing=True, lineage=None, answers=(), background=None,
                said_by="writer", specificity=1, rules=(), reported_at=said or self.now, method="m", detected_at=self.now,
            ),
            MentionResolved(mention_id=name, article_id=article, outcome=outcome, proposal_id=proposal, nearest_id=None, score=1, lead=1, rows=(), method="m", resolved_at=self.now),
        ]  # fmt: skip
        for number, stance in enumerate(stances):
            what.append(ClaimMade(
                claim_id=f"{name}-{number}", mention_id=name, article_id=article, party="norland", act=stance.removeprefix("not "), scope="proposal",
                is_negated=stance.startswith("not "), said_by="official:norland", span=span, rule="r", method="m", made_at=self.now,
            ))  # fmt: skip
        self.tell(what)
        return name

    def report(self, name: str, *stances: str, said: dt.datetime | None = None) -> None:
        """A new article that says where Norland stands on the plan."""
        text = f"Text of {name}."
        self.article(name, text)
        self.mention(name, text, text, "plan", *stances, said=said)


# ---- positions


def test_a_changed_position_is_one_alert_with_from_to_and_whose_word(tmp_path: Path) -> None:
    """The first position changes nothing; the second does, once, however many repeat it."""
    world = World(tmp_path)
    world.report("one", "rejected")
    assert world.run() == []
    world.report("two", "accepted_in_principle")
    assert world.run() == [("position", "accepted_in_principle", True)]
    world.report("three", "accepted_in_principle")
    assert world.run() == []
    (line,) = [json.loads(line) for line in (tmp_path / "alerts/alerts.jsonl").read_text().splitlines()]
    assert "from “rejected” to “accepted in principle”" in line["text"]
    assert "an official (Norland)" in line["text"]
    assert line["quote"] == "Text of two."


def test_there_and_back_is_told_once_for_each_stance(tmp_path: Path) -> None:
    """The key holds the stance: swinging reports do not ring all night."""
    world = World(tmp_path)
    told = []
    for number, stance in enumerate(["rejected", "accepted", "rejected", "accepted", "not accepted"]):
        world.report(f"a{number}", stance)
        told += [stance for _, stance, _ in world.run()]
    assert told == ["accepted", "rejected", "not accepted"]


def test_what_is_no_position_and_what_contradicts_itself_changes_nothing(tmp_path: Path) -> None:
    """Studying is no position; an article that says both is no witness; an old report is no news."""
    world = World(tmp_path)
    world.report("one", "rejected")
    world.report("two", "studying")
    world.report("three", "accepted", "rejected")
    world.report("old", "accepted", said=NOW - dt.timedelta(days=20))
    assert world.run() == []


def test_nobody_who_did_not_ask_gets_positions(tmp_path: Path) -> None:
    """Kinds that no subscription names are not raised at all."""
    world = World(tmp_path, Subscription(kinds=("new",)))
    world.report("one", "rejected")
    world.report("two", "accepted")
    assert world.run() == []


# ---- edits

BEFORE = "The harbour was quiet. Boats came and went."
SENTENCE = "Vestria proposed the plan again."


def test_a_known_proposal_that_an_edit_brings_into_an_article_is_one_alert_with_the_passage(tmp_path: Path) -> None:
    """One revision, one alert that says that it was an edit; the next edit of the article, and of another one, none."""
    world = World(tmp_path)
    world.article("one", BEFORE)
    assert world.run() == []
    after = f"{BEFORE} {SENTENCE}"
    world.article("one", after, previous=BEFORE)
    world.mention("one", after, SENTENCE)
    assert world.run() == [("edit", "plan", True)]
    (line,) = [json.loads(line) for line in (tmp_path / "alerts/alerts.jsonl").read_text().splitlines()]
    assert "by an edit" in line["text"]
    assert line["quote"] == SENTENCE
    again = after.replace("quiet", "quite quiet")
    world.article("one", again, previous=after)
    world.mention("one", again, SENTENCE)
    assert world.run() == []
    assert world.rows("SELECT count(*) FROM event.article_revised") == [(2,)]


def test_a_mistake_put_right_beside_a_sentence_that_was_there_is_no_edit_to_tell_of(tmp_path: Path) -> None:
    """The rules read the proposal only now; but its sentence stood there before."""
    world = World(tmp_path)
    old = f"The habour was quiet. {SENTENCE}"
    world.article("one", old)
    new = old.replace("habour", "harbour")
    world.now += HOUR
    world.article("one", new, previous=old)
    world.mention("one", new, SENTENCE)
    assert world.run() == []


# ---- feeds


def test_a_silent_feed_and_an_open_gap_are_told_once(tmp_path: Path) -> None:
    """A gap that was closed lost nothing; a feed that speaks again and falls silent again is told again."""
    world = World(tmp_path)
    feed = FeedRegistered(
        feed_id="feed", url="https://one.test/feed", name="One", language="en", country="ZZ", kind="wire", registered_at=world.now
    )
    world.tell([feed, polled(world, new=2)])
    silent = world.now
    world.tell([FeedFellSilent(feed_id="feed", last_new_at=silent, expected_gap_seconds=60, gaps=30, fell_silent_at=world.now)])
    assert world.run() == [("feed", "silent", True)]
    assert world.run() == []
    found = world.now
    world.tell([FeedGapFound(feed_id="feed", found_at=found, since=silent, entries=9)])
    assert world.run() == [("feed", "gap", True)]
    later = world.now
    world.tell([FeedGapFound(feed_id="feed", found_at=later, since=silent, entries=9)])
    world.tell(
        [
            FeedGapClosed(feed_id="feed", found_at=moment, closed_at=world.now, url="u", listed=3, new=1)
            for moment in (found, later)
        ]
    )
    assert world.run() == []
    world.tell([polled(world, new=1)])
    world.tell(
        [FeedFellSilent(feed_id="feed", last_new_at=world.now, expected_gap_seconds=60, gaps=30, fell_silent_at=world.now)]
    )
    assert world.run() == [("feed", "silent", True)]


def polled(world: World, new: int) -> FeedPolled:
    return FeedPolled(
        feed_id="feed",
        polled_at=world.now,
        outcome="parsed",
        status=200,
        final_url="u",
        entries=new,
        new=new,
        next_poll_at=world.now + HOUR,
    )


# ---- corrections


def opened(world: World, *, sent: bool = True) -> str:
    """A proposal from the news, and its alert, sent or not. Gives its mention."""
    world.article("one", SENTENCE)
    mention = world.mention("one", SENTENCE, SENTENCE, "other", outcome="new")
    world.tell([world.proposal("other", mention)])
    if sent:
        assert world.run() == [("new", "other", True)]
    return mention


def taken_for(world: World, mention: str, proposal: str | None, outcome: str) -> None:
    """The ledger thinks again."""
    world.tell(
        [
            MentionResolved(
                mention_id=mention,
                article_id="one",
                outcome=outcome,
                proposal_id=proposal,
                nearest_id=None,
                score=1,
                lead=1,
                rows=(),
                method="m2",
                resolved_at=world.now,
            )
        ]
    )


@pytest.mark.parametrize(
    ("proposal", "outcome", "said"), [("plan", "known", "The plan"), (None, "possible", "no longer taken for a proposal")]
)
def test_an_alert_that_turns_out_wrong_is_corrected_once(tmp_path: Path, proposal: str | None, outcome: str, said: str) -> None:
    """Where it was sent; it says what it is taken for now."""
    world = World(tmp_path)
    mention = opened(world)
    taken_for(world, mention, proposal, outcome)
    assert world.run() == [("correction", "other", True)]
    assert world.run() == []
    last = json.loads((tmp_path / "alerts/alerts.jsonl").read_text().splitlines()[-1])
    assert said in last["text"]


def test_what_is_taken_back_before_it_was_sent_is_neither_sent_nor_corrected(tmp_path: Path) -> None:
    """That is what the hold is for."""
    world = World(tmp_path)
    mention = opened(world, sent=False)
    taken_for(world, mention, "plan", "known")
    assert world.run() == [("new", "other", False)]
    assert world.run() == []
    assert "taken back" in world.rows("SELECT reason FROM delivery WHERE channel = 'file'")[0][0]


# ---- time


def test_old_news_is_recorded_and_not_sent(tmp_path: Path) -> None:
    """A first run, or a reading with better rules: the alert is there with its reason, and a person may send it."""
    world = World(tmp_path)
    world.article("one", SENTENCE)
    mention = world.mention("one", SENTENCE, SENTENCE, "other", outcome="new", said=NOW - dt.timedelta(days=9))
    world.tell([world.proposal("other", mention)])
    assert world.run() == [("new", "other", False)]
    assert "older than 72 hours" in world.rows("SELECT withheld FROM alert")[0][0]
    assert world.rows("FROM delivery") == []
