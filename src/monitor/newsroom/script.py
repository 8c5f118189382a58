"""The script of a demo newsroom: which outlet publishes and edits what at which poll, as data.

A newsroom is a folder: ``newsroom.toml`` and one text for each original article, ``articles/<id>.txt``, its
paragraphs parted by empty lines. Copies have no text of their own: they are made from what they copy.
"""

import codecs
import datetime as dt
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from ..errors import NewsroomError, explain_validation, field_names
from ..topics import FeedSource
from .furniture import FURNITURE, Language

SCRIPT = "newsroom.toml"
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


class Part(BaseModel):
    """Base of all parts of a script: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewsroomFeed(Part):
    """An outlet with its one feed. ``behaviour`` is how the server answers at the feed's address."""

    id: Slug
    host: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
    path: str = Field(pattern=r"^/[^\s?#]*$")
    name: str = Field(min_length=1)
    make: Literal["rss2", "atom", "rdf", "jsonfeed"]
    encoding: str = "utf-8"
    language: Language
    country: str = Field(pattern=r"^[A-Z]{2}$")
    kind: Literal["wire", "national", "regional", "government", "un", "ngo", "thinktank", "aggregator"]
    behaviour: Literal["plain", "conditional", "slow", "html", "down", "broken"] = "plain"

    @property
    def url(self) -> str:
        """Give the feed's address, as a profile names it."""
        return f"http://{self.host}{self.path}"

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError:
            raise ValueError(f"no encoding is called {name!r}") from None
        return name

    @model_validator(mode="after")
    def _can_be_served(self) -> Self:
        if self.make == "jsonfeed" and codecs.lookup(self.encoding).name != "utf-8":
            raise ValueError("encoding: a JSON Feed is always utf-8")
        if self.behaviour == "broken" and self.make != "rss2":
            raise ValueError("behaviour: only the make rss2 can be 'broken'")
        return self


class Expectation(Part):
    """What the program should make of an article; for tests and the demo's report, never for the server."""

    gate: Literal["on", "undecided", "off"]
    verdict: Literal["original", "exact", "near"]
    proposals: tuple[str, ...] = ()
    alert: str = ""


class EditExpectation(Part):
    """What the program should make of an edit."""

    alert: str = ""


class NewsroomArticle(Part):
    """An article and the poll at which it appears; ``published`` is the outlet's claim, right or wrong."""

    id: Slug
    feed: str
    poll: int = Field(ge=1)
    copy_of: str | None = None
    form: Literal["exact", "wire", "truncated"] | None = None
    slug: Slug
    title: str = Field(min_length=1)
    summary: str = ""
    published: AwareDatetime | None = None
    expect: Expectation

    @model_validator(mode="after")
    def _copies_have_a_form(self) -> Self:
        if (self.copy_of is None) != (self.form is None):
            raise ValueError("copy_of and form go together")
        return self


class NewsroomEdit(Part):
    """A passage replaced in an article that is already out."""

    article: str
    poll: int = Field(ge=2)
    find: str = Field(min_length=1)
    replace: str
    updated: AwareDatetime
    expect: EditExpectation = EditExpectation()


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as its feed states it at some poll; ``updated`` is set where it has been edited by then."""

    guid: str
    link: str
    title: str
    summary: str
    published: dt.datetime | None
    updated: dt.datetime | None


class Newsroom(Part):
    """A whole script. ``texts`` holds the originals' texts by article id; the loader fills it."""

    start: AwareDatetime
    step_minutes: int = Field(ge=1)
    feed: tuple[NewsroomFeed, ...] = Field(min_length=1)
    article: tuple[NewsroomArticle, ...] = Field(min_length=1)
    edit: tuple[NewsroomEdit, ...] = ()
    texts: dict[str, str] = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for what, keys in (
            ("feed.id", [feed.id for feed in self.feed]),
            ("feed.host", [feed.host for feed in self.feed]),
            ("article.id", [article.id for article in self.article]),
            ("article.slug", [f"{article.feed}/{article.slug}" for article in self.article]),
        ):
            if doubled := sorted({key for key in keys if keys.count(key) > 1}):
                raise ValueError(f"{what} given twice: {', '.join(doubled)}")
        feeds = {feed.id: feed for feed in self.feed}
        articles = {article.id: article for article in self.article}
        for article in self.article:
            _check_article(article, feeds, articles)
        for edit in self.edit:
            if edit.article not in articles:
                raise ValueError(f"edit.article: no [[article]] has the id {edit.article!r}")
            if edit.poll <= articles[edit.article].poll:
                raise ValueError(f"edit.poll: {edit.article} is edited before or as it appears")
        return self

    @property
    def polls(self) -> int:
        """Count the polls that the script has something new for."""
        return max([article.poll for article in self.article] + [edit.poll for edit in self.edit])

    def moment(self, poll: int) -> dt.datetime:
        """Tell the virtual clock at a poll, counted from 1."""
        return self.start + (poll - 1) * dt.timedelta(minutes=self.step_minutes)

    def feed_sources(self) -> tuple[FeedSource, ...]:
        """List the feeds as a profile would."""
        return tuple(
            FeedSource(name=feed.name, url=feed.url, language=feed.language, country=feed.country, kind=feed.kind)
            for feed in self.feed
        )

    def articles_of(self, feed: NewsroomFeed, poll: int) -> list[NewsroomArticle]:
        """List the articles that an outlet has out at a poll, newest first."""
        shown = [article for article in self.article if article.feed == feed.id and article.poll <= poll]
        return sorted(shown, key=lambda a: (a.poll, a.published or self.moment(a.poll), a.id), reverse=True)

    def feed_state(self, feed: NewsroomFeed, poll: int) -> list[Entry]:
        """List a feed's entries at a poll, newest first."""
        return [
            Entry(
                guid=f"tag:{feed.host},{self.start.year}:{article.id}",
                link=f"http://{feed.host}/{article.slug}",
                title=article.title,
                summary=article.summary,
                published=article.published,
                updated=self.updated(article, poll),
            )
            for article in self.articles_of(feed, poll)
        ]

    def updated(self, article: NewsroomArticle, poll: int) -> dt.datetime | None:
        """Tell when an article was last edited by a poll, by its own account; None where it was not."""
        return max((edit.updated for edit in self._edits(article, poll)), default=None)

    def last_change(self, feed: NewsroomFeed, poll: int) -> dt.datetime:
        """Tell when a feed last changed, by the virtual clock: the outlets' own dates may be wrong."""
        shown = self.articles_of(feed, poll)
        polls = [article.poll for article in shown]
        polls += [edit.poll for article in shown for edit in self._edits(article, poll)]
        return self.moment(max(polls, default=1))

    def body_of(self, article: NewsroomArticle, poll: int) -> str:
        """Make an article's text at a poll; a copy is made of its source as it was when the copy came out."""
        if article.copy_of is None:
            text = self.texts[article.id]
        else:
            source = next(other for other in self.article if other.id == article.copy_of)
            feed = next(feed for feed in self.feed if feed.id == article.feed)
            text = _copied(self.body_of(source, article.poll), article, feed)
        for edit in self._edits(article, poll):
            text = text.replace(edit.find, edit.replace)
        return text

    def _edits(self, article: NewsroomArticle, poll: int) -> list[NewsroomEdit]:
        """List an article's edits by a poll, in the order in which they are made."""
        edits = [edit for edit in self.edit if edit.article == article.id and edit.poll <= poll]
        return sorted(edits, key=lambda edit: (edit.poll, edit.updated))


def paragraphs(text: str) -> list[str]:
    """Split a text into its paragraphs, each on one line."""
    return [" ".join(part.split()) for part in _BLANK_LINE.split(text) if part.strip()]


def _copied(text: str, article: NewsroomArticle, feed: NewsroomFeed) -> str:
    """Bring a text into the form in which another outlet carries it."""
    words, parts = FURNITURE[feed.language], paragraphs(text)
    if article.form == "wire":
        day = [article.published.date().isoformat()] if article.published else []
        dateline = " · ".join([feed.name, *day, words.dateline])
        parts = [dateline, *parts, words.about.format(name=feed.name), words.newsletter]
    elif article.form == "truncated":
        parts = [*parts[: (len(parts) + 1) // 2], words.read_more]
    return "\n\n".join(parts)


def _check_article(article: NewsroomArticle, feeds: dict[str, NewsroomFeed], articles: dict[str, NewsroomArticle]) -> None:
    """Raise ValueError where an article points at something that is not there, or not yet."""
    if article.feed not in feeds:
        raise ValueError(f"article.feed: {article.id} names {article.feed!r}, no [[feed]]'s id")
    if feeds[article.feed].path == f"/{article.slug}":
        raise ValueError(f"article.slug: {article.id} stands at the address of its own feed")
    if article.copy_of is None:
        return
    source = articles.get(article.copy_of)
    if source is None:
        raise ValueError(f"article.copy_of: {article.id} names {article.copy_of!r}, no [[article]]'s id")
    if source.copy_of is not None:
        raise ValueError(f"article.copy_of: {article.id} copies {source.id}, which is a copy itself")
    if source.poll > article.poll:
        raise ValueError(f"article.copy_of: {article.id} appears before {source.id}, which it copies")


def load_newsroom(folder: Path) -> Newsroom:
    """Read and check a newsroom's folder.

    Raises NewsroomError that names the file, the key and the way out.
    """
    path = folder / SCRIPT
    try:
        values = tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise NewsroomError(f"is not valid TOML: {error}", subject=str(path), way_out="Mend that line.") from error
    if "texts" in values:
        raise NewsroomError("unknown key 'texts'", subject=str(path), way_out="Texts are files in articles/.")
    try:
        newsroom = Newsroom.model_validate(values)
    except ValidationError as error:
        raise NewsroomError(
            explain_validation(error, field_names(Newsroom)), subject=str(path), way_out="Mend the key; nothing was served."
        ) from error
    originals = [article.id for article in newsroom.article if article.copy_of is None]
    newsroom = newsroom.model_copy(update={"texts": _read_texts(folder / "articles", originals)})
    _check_edits(newsroom, path)
    return newsroom


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NewsroomError(
            f"cannot be read: {error.strerror}",
            subject=str(path),
            way_out="Every original needs articles/<id>.txt beside newsroom.toml.",
        ) from error
    except UnicodeDecodeError as error:
        raise NewsroomError(f"is not UTF-8: {error}", subject=str(path), way_out="Save it as UTF-8.") from error


def _read_texts(folder: Path, originals: Iterable[str]) -> dict[str, str]:
    """Read the texts by article id, paragraphs parted by one empty line; refuse empty and stray ones."""
    texts: dict[str, str] = {}
    for key in originals:
        path = folder / f"{key}.txt"
        texts[key] = "\n\n".join(paragraphs(_read(path)))
        if not texts[key]:
            raise NewsroomError("has no text", subject=str(path), way_out=f"Write the text of [[article]] {key!r}.")
    if strays := sorted(path.name for path in folder.glob("*.txt") if path.stem not in texts):
        raise NewsroomError(
            f"belongs to no original [[article]]: {', '.join(strays)}",
            subject=str(folder),
            way_out="Give the file an article's id as its name, or remove it.",
        )
    return texts


def _check_edits(newsroom: Newsroom, path: Path) -> None:
    """Refuse an edit whose passage is not there, or twice: it would show as nothing, or as something else."""
    articles = {article.id: article for article in newsroom.article}
    for number, edit in enumerate(newsroom.edit):
        before = newsroom.body_of(articles[edit.article], edit.poll - 1)
        if (times := before.count(edit.find)) != 1:
            message = f"edit.{number}.find: stands {times} times in {edit.article} before poll {edit.poll}"
            raise NewsroomError(message, subject=str(path), way_out="Quote what stands there once, within one paragraph.")
