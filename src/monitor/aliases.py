"""One article at many addresses: what a page says of its own address, and which pages are one article.

An address is taken for another one's only on the publisher's own word (``rel=canonical``, a redirect), within one outlet, and
never for a home page or a section: sites that name those as canonical on every page are common, and one wrong alias would
hide articles for ever. Where both addresses have a text, the texts must agree, too.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from .articles.model import Extraction, NoText, PageToExtract
from .events import ArticleAliasFound, EntrySeen, EventData
from .fingerprints import jaccard, shingles, tokens
from .ids import subject_id
from .urls import canonical_url, outlet_key

SAME_TEXT = 0.5  # Jaccard of shingles; an edit leaves more, another story of the outlet far less
Why = Literal["canonical", "redirect", "amp"]
_AMP = re.compile(r"^amp\.|(^|[/.=&?])amp(/|$|=|&|\?)")
_STORY = re.compile(r"[0-9]|-.*-")  # a number, or a slug of several words: sections have neither


@dataclass(frozen=True, slots=True)
class Address:
    """Another address of a page, as the page or its server says."""

    alias_id: str
    url: str
    why: Why


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """The article that an address leads to, and its latest text."""

    article_id: str
    text: str


def article_id_of(url: str) -> str:
    """Id of the article at an address."""
    return subject_id("article", canonical_url(url))


def other_addresses(page: PageToExtract, outcome: Extraction | NoText) -> list[Address]:
    """The addresses that a page gives itself besides the one that an entry gave it."""
    canonical = outcome.canonical if isinstance(outcome, Extraction) else None
    found: dict[str, Address] = {}
    for url, why in ((canonical, "canonical"), (page.final_url, "redirect")):
        if url and _is_story_of(url, page.url):
            alias_id = article_id_of(url)
            is_amp = any(
                _AMP.search(f"{urlsplit(one).netloc}{urlsplit(one).path}?{urlsplit(one).query}") for one in (url, page.url)
            )
            reason: Why = "amp" if is_amp else "canonical" if why == "canonical" else "redirect"
            if alias_id != page.article_id:
                found.setdefault(alias_id, Address(alias_id, url, reason))
    return list(found.values())


def _is_story_of(url: str, asked: str) -> bool:
    """Whether an address is one of a story of the same outlet."""
    own, other = outlet_key(url), outlet_key(asked)
    parts = urlsplit(canonical_url(url))
    is_same_outlet = own == other or own.endswith(f".{other}") or other.endswith(f".{own}")
    is_section = urlsplit(canonical_url(asked)).path.startswith(parts.path + "/") and not parts.query
    return is_same_outlet and not is_section and bool(_STORY.search(parts.path.rpartition("/")[2] + parts.query))


def known_twin(
    page: PageToExtract, outcome: Extraction | NoText, others: Sequence[Address], known: Mapping[str, KnownArticle]
) -> KnownArticle | None:
    """The known article that a page is another address of, if any. ``known`` holds articles by every id that leads to them."""
    if isinstance(outcome, NoText) or page.previous_sha256 is not None:
        return None  # what has a text of its own stays an article of its own
    found = (known.get(alias_id) for alias_id in (page.article_id, *(other.alias_id for other in others)))
    candidates = [article for article in found if article is not None and article.article_id != page.article_id]
    own = shingles(tokens(outcome.text)) if candidates else set()
    return next((article for article in candidates if jaccard(own, shingles(tokens(article.text))) >= SAME_TEXT), None)


def alias_events(
    page: PageToExtract,
    others: Sequence[Address],
    twin: KnownArticle | None,
    known: Mapping[str, KnownArticle],
    *,
    at: dt.datetime,
) -> list[ArticleAliasFound]:
    """What to remember: that the page's address leads to its twin, and that its other addresses lead where it leads."""
    article_id = page.article_id if twin is None else twin.article_id
    own = [] if twin is None else [Address(page.article_id, page.url, others[0].why if others else "canonical")]
    return [
        ArticleAliasFound(article_id=article_id, alias_id=other.alias_id, url=other.url, why=other.why, found_at=at)
        for other in (*own, *others)
        if other.alias_id != article_id and (other.alias_id not in known or other.alias_id == page.article_id)
    ]


def article_ids(events: Sequence[EventData]) -> set[str]:
    """Ids of the articles that entries among these events lead to."""
    return {event.article_id for event in events if isinstance(event, EntrySeen)}


def under_known_articles(events: Sequence[EventData], aliases: Mapping[str, str]) -> list[EventData]:
    """The events, with entries at an alias put under the known article; ``aliases`` as ``known_aliases`` gives them."""
    return [
        event.model_copy(update={"article_id": aliases[event.article_id]})
        if isinstance(event, EntrySeen) and event.article_id in aliases
        else event
        for event in events
    ]
