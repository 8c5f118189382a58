"""A profile's own tests: its embedded examples against the rules."""

import datetime as dt

from .claims import detect_claims
from .events import MentionDetected
from .gate import gate
from .ids import text_sha256
from .mentions import Rules, TextToRead, bounds, detect_mentions
from .topics import Example, ExpectedMention, TopicProfile


def check_examples(profile: TopicProfile) -> list[str]:
    """What does not hold, one line each: ``example 3: mention 1: duration_days is 20 to 20, expected 30 to 30``."""
    rules = Rules(profile)
    return [
        f"example {number}: {line}"
        for number, example in enumerate(profile.example, start=1)
        for line in _check(example, profile, rules)
    ]


def _check(example: Example, profile: TopicProfile, rules: Rules) -> list[str]:
    now = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    decision = gate(profile, "", example.text)
    if decision.gate != example.gate:
        return [f"gate is {decision.gate}, expected {example.gate} ({', '.join(decision.why)})"]
    text = TextToRead(
        article_id="example",
        text_event="",
        body_sha256=text_sha256(example.text),
        title="",
        text=example.text,
        language=example.language,
        reported_at=now,
    )
    mentions, reader = detect_mentions(text, rules, at=now) if decision.gate != "off_topic" else ([], None)
    if len(mentions) < len(example.mentions) or (not example.mentions and mentions):
        return [f"{len(mentions)} mentions ({'; '.join(m.frame.text for m in mentions)}), expected {len(example.mentions)}"]
    lines = []
    for number, (expected, mention) in enumerate(zip(example.mentions, mentions, strict=False), start=1):
        claims = detect_claims(mention, reader, rules, at=now) if reader else []
        stances = {claim.party: claim.act for claim in claims}
        lines += [f"mention {number}: {line}" for line in _compare(expected, mention, stances)]
    return lines


def _compare(expected: ExpectedMention, mention: MentionDetected, stances: dict[str, str]) -> list[str]:
    lines = []
    for name, want, got in (
        ("proposers", expected.proposers, mention.proposers),
        ("claimed_by", expected.claimed_by, mention.claimed_by),
        ("is_background", expected.is_background, mention.background is not None),
    ):
        if want is not None and want != got:
            lines.append(f"{name} is {got!r}, expected {want!r}")
    for term, value in (expected.terms or {}).items():
        found = bounds(mention.readings, term) if not isinstance(value, bool) else any(r.term == term for r in mention.readings)
        if found != value:
            lines.append(f"{term} is {found!r}, expected {value!r}")
    for party, act in (expected.stances or {}).items():
        if stances.get(party) != act:
            lines.append(f"stance of {party} is {stances.get(party)!r}, expected {act!r}")
    return lines
