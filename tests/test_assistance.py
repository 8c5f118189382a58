"""The optional model: what of an answer counts, and that it is asked once. The endpoint is a fake on this machine; texts are fictional."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from test_rulings import OPEN, Desk, desk, filled  # noqa: F401 - fixtures

from monitor.assistance import ProposedSlot, SlotAnswer, ask_about, completed, verified
from monitor.events import MentionDetected
from monitor.ids import text_sha256
from monitor.mentions import Rules, TextToRead, detect_mentions
from monitor.topics import TopicProfile

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def mention(profile: TopicProfile) -> MentionDetected:
    text = TextToRead("article-1", "text-1", text_sha256(OPEN), "", OPEN, "en", NOW)
    return detect_mentions(text, Rules(profile), at=NOW)[0][0]


def slot(**given: Any) -> ProposedSlot:
    return ProposedSlot.model_validate(
        {"slot": "term", "id": "prisoners", "low": 40, "high": 40, "quote": "said to exist"} | given
    )


def test_a_value_counts_with_its_words_in_the_text_only(profile: TopicProfile, mention: MentionDetected) -> None:
    """The span is where they stand; the completed mention has both the rules' values and these."""
    answer = SlotAnswer(slots=(slot(), slot(slot="proposer", id="norland", low=None, high=None, quote="between Norland and")))
    proposers, readings, dropped = verified(answer, mention, OPEN, profile)
    assert [(one.party, OPEN[one.start : one.end]) for one in proposers] == [("norland", "between Norland and")]
    assert [(one.term, one.low, OPEN[one.start : one.end]) for one in readings] == [("prisoners", 40, "said to exist")]
    assert dropped == ()
    whole = completed(mention, proposers, readings)
    assert whole.proposers == ("norland",)
    assert {one.term for one in whole.readings} == {"duration_days", "captives", "prisoners"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"quote": "forty prisoners"}, "not in the text"),
        ({"quote": ""}, "not in the text"),
        ({"quote": "Said to exist"}, "not in the text"),
        ({"id": "duration_days"}, "the rules filled it"),
        ({"id": "spaceships"}, "unknown"),
        ({"low": 9, "high": 3}, "no range"),
        ({"low": 9, "high": None}, "no range"),
        ({"slot": "proposer", "id": "atlantis"}, "unknown"),
    ],
)
def test_anything_else_is_dropped_and_said(
    profile: TopicProfile, mention: MentionDetected, given: dict[str, Any], why: str
) -> None:
    proposers, readings, dropped = verified(SlotAnswer(slots=(slot(**given),)), mention, OPEN, profile)
    assert (proposers, readings) == ((), ())
    assert why in dropped[0]


def test_a_slot_that_the_rules_filled_is_not_touched(profile: TopicProfile, mention: MentionDetected) -> None:
    known = mention.model_copy(update={"proposers": ("sudmark",)})
    answer = SlotAnswer(slots=(slot(slot="proposer", id="norland", low=None, high=None, quote="Norland"),))
    assert verified(answer, known, OPEN, profile)[0] == ()
    assert completed(known, (), ()).proposers == ("sudmark",)


def test_another_text_or_sentence_is_another_question(profile: TopicProfile, mention: MentionDetected) -> None:
    first = ask_about(mention, OPEN, profile)
    assert first.sha256 == ask_about(mention, OPEN, profile).sha256
    assert first.sha256 != ask_about(mention, OPEN.replace("Five", "Six"), profile).sha256


class FakeEndpoint:
    """A fake of a server that speaks chat completions: it gives one answer, and counts."""

    def __init__(self, content: str, status: int = 200) -> None:
        self.content, self.status, self.bodies = content, status, list[dict[str, Any]]()

    async def __call__(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        if self.status != 200:
            return web.json_response({"error": {"message": "no"}}, status=self.status)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": self.content}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return web.json_response(
            {"id": "x", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice], "usage": usage}
        )


ANSWER = json.dumps({"slots": [
    {"slot": "proposer", "id": "norland", "quote": "between Norland and Sudmark"},
    {"slot": "term", "id": "prisoners", "low": 90, "high": 90, "quote": "ninety prisoners"},
]})  # fmt: skip


def configured(desk: Desk, endpoint: FakeEndpoint) -> None:  # noqa: F811
    pytest.importorskip("pydantic_ai", reason="the extra llm is not installed")
    desk.server.routes["/v1/chat/completions"] = endpoint
    with Path("monitor.toml").open("a") as file:
        file.write(
            f'[llm]\nmodel = "fake"\nbase_url = "{desk.server.url("/v1")}"\napi_key = "secret-key"\ntimeout_seconds = 30\n'
        )


def test_an_open_mention_is_linked_once_and_never_asked_again(desk: Desk) -> None:  # noqa: F811
    """By the known endpoint, at temperature 0; replays and later runs read the answer from the log."""
    endpoint = FakeEndpoint(ANSWER)
    configured(desk, endpoint)
    before = len(desk.rows("FROM proposal"))
    desk.run()
    assert len(endpoint.bodies) == 1
    assert endpoint.bodies[0]["temperature"] == 0
    assert desk.rows("SELECT outcome, proposal_id FROM mention JOIN article USING (article_id) WHERE url LIKE '%/open'") == [
        ("known", desk.proposal("norland"))
    ]
    ((dropped, proposers),) = desk.rows("SELECT dropped, proposers FROM event.model_answered")
    assert "not in the text" in dropped[0]
    assert json.loads(proposers)[0]["text"] == "between Norland and Sudmark"
    state = desk.state()
    desk.run()
    assert desk.monitor("rebuild").code == 0
    assert desk.state() == state
    assert len(endpoint.bodies) == 1
    assert len(desk.rows("FROM proposal")) == before
    assert "secret-key" not in str(desk.rows("SELECT data FROM log.event"))


def test_a_failure_is_recorded_and_asked_again_by_the_next_run(desk: Desk) -> None:  # noqa: F811
    """The run goes on, and the mention stays open."""
    endpoint = FakeEndpoint("", status=400)
    configured(desk, endpoint)
    desk.run()
    assert desk.rows("SELECT count(*) FROM event.model_failed") == [(1,)]
    assert desk.rows("SELECT count(*) FROM report.proposal_review") == [(1,)]
    desk.server.routes["/v1/chat/completions"] = FakeEndpoint(ANSWER)
    desk.run()
    assert desk.rows("SELECT count(*) FROM report.proposal_review") == [(0,)]


def test_without_a_model_in_the_settings_nothing_is_asked(desk: Desk) -> None:  # noqa: F811
    endpoint = FakeEndpoint(ANSWER)
    desk.server.routes["/v1/chat/completions"] = endpoint
    desk.run()
    assert endpoint.bodies == []
    assert desk.rows("SELECT count(*) FROM event.model_answered") == [(0,)]
