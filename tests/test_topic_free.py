"""The program knows no subject: every word of the shipped topic is data. A second topic costs a file, not a change here."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from monitor.topics import TopicProfile, load_topic

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path
    for folder in ("src", "flows")
    for path in (ROOT / folder).rglob("*")
    # walls.toml holds what consent pages say, in many languages: some of its words are names in others
    if path.suffix in (".py", ".toml", ".sql", ".md") and path.name != "walls.toml"
)
VIEWS = sorted(
    path
    for folder in ("schema", "event", "projection", "todo", "report", "check")
    for path in (ROOT / "warehouse" / folder).glob("*.sql")
)
PROFILE = ROOT / "warehouse" / "topics" / "gaza-ceasefire.toml"
# The program's own name, in its distribution and its user agent.
OWN_NAME = re.compile(r"ceasefire-?monitor|ceasefire_monitor", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
# Aliases that name nobody: the word of every negotiation for who stands between the parties, a role in every profile.
# Words for languages, and the code of one, are words for states, too.
ORDINARY = frozenset({"mediator", "mediators", "the mediators", "french", "german", "spanish", "turkish", "chinese", "uk"})


@pytest.fixture(scope="module")
def profile() -> TopicProfile:
    return load_topic(PROFILE)


def names(profile: TopicProfile) -> set[str]:
    """All names in the profile: places and parties, persons, rival conflicts, agreements, proposals; in every language."""
    tables = [profile.gate.anchors]
    tables += [rival.words for rival in profile.rival]
    tables += [words for party in profile.party for words in (party.aliases, party.metonyms, party.never)]
    tables += [person.aliases for person in profile.person]
    tables += [agreement.names for agreement in profile.agreement]
    tables += [proposal.nicknames for proposal in profile.proposal]
    found = {phrase for table in tables for phrases in table.values() for phrase in phrases}
    found |= {part.name for parts in (profile.party, profile.person, profile.rival, profile.agreement) for part in parts}
    found |= {part.id for parts in (profile.party, profile.rival, profile.agreement) for part in parts}
    found |= {profile.topic.id, profile.topic.name} | {text for p in profile.proposal for text in (p.slug, p.label)}
    return {name for name in found if name.lower() not in ORDINARY}


@cache
def text_of(path: Path) -> str:
    return OWN_NAME.sub("", unicodedata.normalize("NFC", path.read_text(encoding="utf-8")))


def places(text: str, words: set[str]) -> list[tuple[int, str]]:
    """Line and words of each place where one of the phrases stands, word by word, in any letters.

    An underscore parts words, as it does in identifiers. Abbreviations in capitals count in capitals only: folded, some
    are pronouns and articles.
    """
    phrases: dict[str, list[tuple[list[str], bool]]] = {}
    for phrase in words:
        parts = _WORD.findall(unicodedata.normalize("NFC", phrase))
        is_exact = phrase.isascii() and phrase.isupper()
        if parts:
            phrases.setdefault(parts[0].casefold(), []).append((parts if is_exact else [p.casefold() for p in parts], is_exact))
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        raw = _WORD.findall(line)
        folded = [word.casefold() for word in raw]
        for start, first in enumerate(folded):
            for parts, is_exact in phrases.get(first, ()):
                end = start + len(parts)
                if (raw if is_exact else folded)[start:end] == parts:
                    found.append((number, " ".join(raw[start:end])))
    return found


def offenders(paths: list[Path], words: set[str]) -> list[str]:
    """``file:line: words`` for each place in the files."""
    return [f"{path.relative_to(ROOT)}:{number}: {found}" for path in paths for number, found in places(text_of(path), words)]


def test_the_search_finds_what_it_looks_for(profile: TopicProfile) -> None:
    """The lists are not empty, and a name is found within identifiers, in capitals and in other scripts, but not within
    a longer word; an abbreviation only in capitals."""
    words = names(profile)
    assert len(words) > 1000
    latin, arabic = profile.gate.anchors["en"][0], profile.gate.anchors["ar"][0]
    assert {latin, arabic} <= words
    assert places(f"is_{latin.upper()}_x {latin}x\n«{arabic}»", words) == [(1, latin.upper()), (2, arabic)]
    assert places("not for us", {"US"}) == []
    assert places("the US said", {"US"}) == [(1, "US")]


def test_no_name_of_the_shipped_topic_stands_in_the_program(profile: TopicProfile) -> None:
    """Not in src/ and not in flows/: no place, party, person, rival conflict, agreement or proposal of the topic."""
    found = offenders(SOURCES, names(profile))
    assert not found, "\n".join(found)


def test_no_name_of_the_shipped_topic_stands_in_the_views(profile: TopicProfile) -> None:
    """Nor in the SQL that makes the relations."""
    found = offenders(VIEWS, names(profile))
    assert not found, "\n".join(found)


def test_no_cue_of_the_topic_in_another_script_stands_in_the_program(profile: TopicProfile) -> None:
    """Words of the matter itself in Arabic, Hebrew or other scripts can be there for one reason only."""
    cues = {phrase for phrases in profile.gate.cues.values() for phrase in phrases if not phrase.isascii() and len(phrase) > 3}
    assert len(cues) > 100
    found = offenders(SOURCES, cues)
    assert not found, "\n".join(found)
