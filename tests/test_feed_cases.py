"""The cases of feedparser's own tests, as far as what they expect is something that this project keeps of a feed.

How the two are compared. ``expect`` is a conjunction of comparisons over feedparser's result. A comparison counts when it is
``<place> == <text>`` and the place is one that ``ParsedFeed`` holds: the title, language or format of the feed; an entry's
title, link, id, summary (description, content) or claimed date. Texts are compared as plain text on both sides, since
markup is not kept, without white space (between blocks it is a matter of taste), and the expected text is made plain by lxml and not by the program's own code. ``bozo`` counts as
"is ill-formed". All other comparisons (authors, licences, encodings, sanitised markup …) are left out for both readers; a
case without any that counts is not scored.
"""

import ast
import calendar
import datetime as dt
import io
import json

import feedparser
import lxml.html
import pytest
from conftest import SHARED

from monitor.errors import ParseError
from monitor.feeds.documents import parse_feed

CASES = SHARED / "feeds-dev" / "feedparser_cases.jsonl"
# Met by feedparser alone, and why we let them go.
EXCEPTED = {
    "feedparser/entities/732.xml",  # cut off inside its last tag, and without an entry: a failure, for us
    "feedparser/entities/9830.xml",
    "feedparser/wellformed/base/http_item_link_base_content_location.xml",  # RFC 9110 took Content-Location as a base away
    "feedparser/wellformed/sanitize/item_content_encoded_script_nested_cdata.xml",  # the text of a broken script
}
pytestmark = [
    pytest.mark.replay,
    pytest.mark.skipif(not CASES.is_file(), reason="no ../shared/data/feeds-dev beside the project"),
]
FEED_KEYS = {"title": "title", "language": "language"}
ENTRY_KEYS = {
    "title": "title",
    "link": "link",
    "id": "guid",
    "guid": "guid",
    "summary": "summary",
    "description": "summary",
    "content": "summary",
    "published_parsed": "published_at",
    "updated_parsed": "published_at",
}


def plain(value) -> str:
    """A text without markup, by lxml alone."""
    try:
        return " ".join(lxml.html.fromstring(f"<div>{value}</div>").text_content().split())
    except (lxml.etree.LxmlError, ValueError):
        return " ".join(str(value).split())


def place(node) -> tuple[str, ...] | None:
    """``entries[0]['content'][0]['value']`` as (entries, 0, content, 0, value); None for anything else."""
    parts = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            parts.append(node.slice.value)
            node = node.value
        else:
            return None
    return (node.id, *reversed(parts))


def clauses(expect: str):
    """The comparisons of a case that count: ("bozo", bool), or (place, expected value)."""
    tree = ast.parse(expect.strip(), mode="eval").body
    for part in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        negated = isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not)
        name = part.operand if negated else part
        if isinstance(name, ast.Name) and name.id == "bozo":
            yield ("bozo",), not negated
        if not (isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.ops[0], ast.Eq)):
            continue
        where = place(part.left)
        try:
            wanted = ast.literal_eval(part.comparators[0])
        except ValueError:
            continue
        if where and is_kept(where):
            yield where, wanted


def is_kept(where) -> bool:
    if where == ("version",) or (where[0] == "feed" and len(where) == 2 and where[1] in FEED_KEYS):
        return True
    if where[0] != "entries" or len(where) < 3 or where[2] not in ENTRY_KEYS:
        return False
    return len(where) == 3 or where[3:] == (0, "value")


def theirs(parsed, where):
    value = parsed
    for key in where:
        value = value[key]
    return value


def ours(feed, where):
    if where == ("bozo",):
        return feed.is_ill_formed
    if where == ("version",):
        return feed.format
    if where[0] == "feed":
        return getattr(feed, FEED_KEYS[where[1]])
    return getattr(feed.entries[where[1]], ENTRY_KEYS[where[2]])


def same(found, wanted) -> bool:
    if isinstance(wanted, bool):
        return bool(found) == wanted
    if isinstance(wanted, tuple):
        moment = dt.datetime.fromtimestamp(calendar.timegm(wanted), dt.UTC)
        return (found if isinstance(found, dt.datetime) else dt.datetime.fromtimestamp(calendar.timegm(found), dt.UTC)) == moment
    texts = {"".join(str(found).split()), "".join(plain(found).split())}  # what is plain already is not made so twice
    return "".join(plain(wanted).split()) in texts


def meets(read, wanted) -> bool:
    for where, value in wanted:
        try:
            if not same(read(where), value):
                return False
        except (KeyError, IndexError, AttributeError, TypeError):
            return False
    return True


def outcome(case):
    """(is scored, feedparser meets it, we meet it)."""
    wanted = list(clauses(case["expect"])) if case["expect"] else []
    body = (SHARED / "feeds-dev" / case["file"]).read_bytes()
    headers = {name.lower(): value for name, value in case["headers"].items()}
    try:
        feed = parse_feed(body, content_type=headers.get("content-type", ""))
    except ParseError:
        feed = None
    if not any(where != ("bozo",) for where, _ in wanted):
        return False, False, False
    headers.setdefault("content-type", "application/xml")
    parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)
    return True, meets(lambda where: theirs(parsed, where), wanted), feed is not None and meets(lambda w: ours(feed, w), wanted)


def test_what_the_cases_expect_is_met_at_least_as_often_as_by_feedparser_alone(record_property):
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    results = [(case["file"], *outcome(case)) for case in cases]
    scored = [result for result in results if result[1]]
    their, our = sum(result[2] for result in scored), sum(result[3] for result in scored)
    lost = [file for file, _, they, we in scored if they and not we]
    record_property("scored, feedparser, ours", f"{len(scored)}, {their}, {our}")
    print(f"{len(cases)} cases, {len(scored)} scored: feedparser {their}, ours {our}; only feedparser: {lost}")
    assert len(scored) > 200
    assert set(lost) <= EXCEPTED
    assert our >= their - len(EXCEPTED)
