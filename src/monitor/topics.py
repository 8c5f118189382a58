"""The topic profile: everything that the program knows about a subject, as data.

A profile is one TOML file; the words of ordinary negotiation (numbers, units, verbs of proposing and answering) come
from the language packs beside it, so that a second subject costs one file. Unknown keys are refused.
"""

import datetime as dt
import hashlib
import json
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from .errors import TopicError, explain_validation, field_names
from .ids import subject_id
from .language_packs import LanguagePack, Part, Words
from .subscriptions import USUAL, Subscription
from .urls import absolute_url, canonical_url

_Model = TypeVar("_Model", bound="Part")


class Topic(Part):
    """Name and reach of the subject."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    languages: tuple[str, ...]


class GateWords(Part):
    """What decides whether a text is worth reading: places and parties (anchors), and the matter itself (cues)."""

    anchors: Words
    cues: Words
    short_text_words: int = 25  # a text this short cannot rule itself out: a headline names one thing only


class Rival(Part):
    """Another conflict, whose texts look alike."""

    id: str
    name: str
    words: Words


class Party(Part):
    """Somebody who proposes, answers or conveys. ``metonyms`` mean it only as an actor; ``never`` are false friends."""

    id: str
    name: str
    role: Literal["party", "mediator", "body", "state"]
    aliases: Words
    metonyms: Words = Field(default_factory=dict)
    never: Words = Field(default_factory=dict)
    adopts: bool = False  # a body that votes on texts: what it demands is a text of its own, not an appeal
    members: tuple[str, ...] = ()  # parties that, named together, are this one: "the mediators"


class Person(Part):
    """A person who speaks for a party, in an office with dates."""

    name: str
    party: str
    role: str
    since: dt.date | None = None
    until: dt.date | None = None
    aliases: Words


class Agreement(Part):
    """An agreement of the past: what is said of it is background."""

    id: str
    name: str
    announced: dt.date | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    names: Words


class KnownProposal(Part):
    """A proposal that the ledger starts with. Terms are ``[min, max]``, or true for a term without a number."""

    slug: str
    label: str
    type: Literal["ceasefire", "extension", "exchange", "unsc_resolution", "ultimatum", "framework", "offer", "other"]
    nicknames: Words = Field(default_factory=dict)
    proposers: tuple[str, ...] = ()
    claimed_by: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    announced: dt.date | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    status: Literal["open", "agreed", "adopted", "lapsed"] = "open"
    seeds: tuple[str, ...] = ()
    terms: dict[str, tuple[float, float] | bool] = Field(default_factory=dict)


class Term(Part):
    """A kind of term and how texts state it, as patterns over the pack's macros (see ``readings``)."""

    id: str
    kind: Literal["duration", "count", "flag"]
    patterns: Words
    # What stands right beside the figure where it is not what is proposed: "… are still held".
    unless: Words = Field(default_factory=dict)
    is_rare: bool = False  # rare enough to speak for identity
    at_most: float | None = None  # larger figures are something else (casualties, trucks)


class FeedSource(Part):
    """A feed to poll."""

    name: str
    url: str
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    country: str = Field(pattern=r"^[A-Z]{2}$")
    kind: Literal["wire", "national", "regional", "government", "un", "ngo", "thinktank", "aggregator"]
    leaning: str = "none"
    archive: str | None = None  # a sitemap or archive page that lists more than the feed; read to close a gap

    @property
    def feed_id(self) -> str:
        """Identity of the feed: its canonical address."""
        return subject_id("feed", canonical_url(self.url))

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if absolute_url(self.url, "") is None:
            raise ValueError(f"{self.url!r} is not an http or https address")
        return self


class FeedFile(Part):
    """A list of feeds that stands for the profile's own."""

    feed: tuple[FeedSource, ...] = Field(min_length=1)


class Polling(Part):
    """Bounds of the poll interval, in minutes, and of the back-off after failures, in hours."""

    interval_minutes: int = Field(default=10, ge=5, le=24 * 60)  # where a feed starts
    shortest_minutes: int = Field(default=5, ge=5, le=24 * 60)
    longest_hours: int = Field(default=24, ge=1, le=24 * 7)
    overlap_low: float = Field(default=0.3, ge=0, le=1)  # fewer known entries in a document: poll sooner
    overlap_high: float = Field(default=0.7, ge=0, le=1)  # more: poll later
    audit_every: int = Field(default=24, ge=2)  # polls; one of so many is asked without validators
    move_after_days: float = Field(default=7, ge=0)  # of valid feeds at the target of a permanent redirect
    reread_hours: tuple[float, ...] = (1, 4, 10, 24, 168)  # after the first reading of a page on the topic


class Weights(Part):
    """Points of agreement and disagreement by field; see ``proposals.score``."""

    nickname: float = 6
    other_nickname: float = -6
    proposer: float = 3
    other_proposer: float = -3
    active: float = 2
    inactive_a_month: float = -2
    inactive_floor: float = -4
    mediator: float = 1
    duration: float = 1.5
    duration_off: float = -1
    duration_far_off: float = -2.5
    count: float = 1
    count_off: float = -0.5
    rare_term: float = 2
    same_document: float = 2
    called_new: float = -2
    conveyor: float = 2  # one mediator's or the mediators': reports differ in whom they name
    just_made: float = 1
    fresh_act: float = -2.5
    not_yet: float = -6
    body: float = 0.5
    told_by: float = 2  # the party that made known another's proposal is often named for its proposer
    body_at_the_time: float = 1
    phases_off: float = -1.5


class Resolution(Part):
    """Thresholds of the decision known / variant / new / possible."""

    weights: Weights = Weights()
    specific: float = 3
    known: float = 5
    lead: float = 2
    new_specific: float = 3
    new_below: float = 1
    variant_above: float = 0


class ExpectedMention(Part):
    """What an embedded example must yield; fields left out are not compared."""

    proposers: tuple[str, ...] | None = None
    claimed_by: tuple[str, ...] | None = None
    terms: dict[str, tuple[float, float] | bool] | None = None
    stances: dict[str, str] | None = None
    is_background: bool | None = None


class Example(Part):
    """A text written for the profile, and what the rules must make of it: its own test."""

    text: str
    language: str = "en"
    gate: Literal["on_topic", "undecided", "off_topic"] = "on_topic"
    mentions: tuple[ExpectedMention, ...] = ()


class TopicProfile(Part):
    """A whole profile with its language packs."""

    topic: Topic
    gate: GateWords
    polling: Polling = Polling()
    rival: tuple[Rival, ...] = ()
    party: tuple[Party, ...]
    person: tuple[Person, ...] = ()
    agreement: tuple[Agreement, ...] = ()
    proposal: tuple[KnownProposal, ...] = ()
    term: tuple[Term, ...] = ()
    resolution: Resolution = Resolution()
    feed: tuple[FeedSource, ...] = ()
    example: tuple[Example, ...] = ()
    subscription: tuple[Subscription, ...] = USUAL
    packs: dict[str, LanguagePack] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        parties = [party.id for party in self.party]
        named = {person.party for person in self.person}
        for proposal in self.proposal:
            named |= {*proposal.proposers, *proposal.claimed_by, *proposal.mediators}
        for wish in self.subscription:
            named |= {*wish.parties, *wish.mediators}
        if unknown := sorted(named - set(parties)):
            raise ValueError(f"no [[party]] has the id {', '.join(unknown)}")
        terms = {term.id for term in self.term} | {"duration_days"}
        if unknown := sorted({key for proposal in self.proposal for key in proposal.terms} - terms):
            raise ValueError(f"no [[term]] has the id {', '.join(unknown)}")
        for what, keys in (
            ("party id", parties),
            ("proposal slug", [p.slug for p in self.proposal]),
            ("term id", [term.id for term in self.term]),
            ("feed address", [feed.feed_id for feed in self.feed]),
        ):
            if doubled := sorted({key for key in keys if keys.count(key) > 1}):
                names = [feed.url for feed in self.feed if feed.feed_id in doubled] or doubled
                raise ValueError(f"{what} given twice: {', '.join(names)}")
        return self

    @cached_property
    def party_names(self) -> dict[str, str]:
        """Party ids → the names that people read."""
        return {party.id: party.name for party in self.party}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that the rules read: feeds, polling, subscriptions and examples left out."""
        content = self.model_dump(mode="json", exclude={"feed", "polling", "example", "subscription"})
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def model_copy(self, **options: Any) -> Self:
        """A copy with its own digest."""
        copy = super().model_copy(**options)
        copy.__dict__.pop("digest", None)
        return copy

    def proposal_id(self, slug: str) -> str:
        """Id of a known proposal in the ledger."""
        return subject_id("proposal", self.topic.id, slug)

    def pack(self, language: str) -> LanguagePack | None:
        """The pack for a language code such as ``en`` or ``en-GB``."""
        return self.packs.get(language.split("-", maxsplit=1)[0].lower())


def load_topic(path: Path, *, packs_dir: Path | None = None) -> TopicProfile:
    """Read and check a profile and the language packs that it names.

    Packs are looked for in ``language/`` beside the profile, then in ``packs_dir``. Raises TopicError that names the
    file, the key and the way out.
    """
    values = _read_toml(path)
    languages = values.get("topic", {}).get("languages", []) if isinstance(values.get("topic"), dict) else []
    folders = [path.parent / "language", *([packs_dir] if packs_dir else [])]
    packs: dict[str, LanguagePack] = {}
    for code in languages if isinstance(languages, list) else ():
        file = next((folder / f"{code}.toml" for folder in folders if (folder / f"{code}.toml").is_file()), None)
        if file is not None:
            packs[code] = _checked(LanguagePack, _read_toml(file), file)
    if "packs" in values:
        raise TopicError("unknown key 'packs'", subject=str(path), way_out="Language packs are files in language/.")
    profile = _checked(TopicProfile, values, path)
    if missing := [code for code in profile.topic.languages if code not in packs]:
        raise TopicError(
            f"no language pack for {', '.join(missing)}", subject=str(path), way_out="Packs are files such as language/en.toml."
        )
    for term in profile.term:
        for pattern in (pattern for patterns in term.patterns.values() for pattern in patterns):
            try:
                re.compile(re.sub(r"\{(N|DURATION|TRUCE|PROPOSAL|AMOUNT)\}", "(?:x)", pattern))
            except re.error as error:
                raise TopicError(
                    f"term {term.id}: {pattern!r} is no regular expression: {error}",
                    subject=str(path),
                    way_out="Mend that pattern.",
                ) from error
    return profile.model_copy(update={"packs": packs})


def load_feeds(path: Path) -> tuple[FeedSource, ...]:
    """Read a file of ``[[feed]]`` tables, as in a profile. Raises TopicError."""
    return _checked(FeedFile, _read_toml(path), path).feed


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TopicError(
            f"cannot be read: {error.strerror}",
            subject=str(path),
            way_out="Name an existing profile: `monitor topics list` lists those that come with the program.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TopicError(f"is not valid TOML: {error}", subject=str(path), way_out="Mend that line.") from error


def _checked(model: type[_Model], values: dict[str, Any], path: Path) -> _Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise TopicError(
            explain_validation(error, field_names(model)),
            subject=str(path),
            way_out="docs/topics.md describes each key; nothing was run.",
        ) from error
