"""What a page says of its article besides the text: title, date, authors, section, language, address.

JSON-LD and the page's meta elements come first; trafilatura's own search (links, headings, dates in the address) is asked only
where they are silent, since it takes as long as the extraction. ``extensive=False`` keeps it from taking a date out of the text:
a copyright line or a date in history would put the article years back in every trend.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from trafilatura.metadata import extract_metadata

from ..urls import absolute_url
from .bodies import folded
from .linked_data import LinkedArticle

_DATES = ("article:published_time", "og:article:published_time", "og:published_time", "datepublished", "date", "dc.date.issued",
          "dcterms.created", "parsely-pub-date", "sailthru.date", "publishdate", "pubdate")  # fmt: skip
_SEPARATOR = re.compile(r"\s*[|｜•»]\s*|\s+[-–—·:]\s+|：")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae"})
_QUOTES = str.maketrans("‘’“”„", '\'\'"""')
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Metadata:
    """``titles`` and ``summaries`` hold everything that the page offers, the best first."""

    titles: tuple[str, ...]
    published: str | None
    author: str | None
    section: str | None
    language: str
    summaries: tuple[str, ...]
    canonical: str | None

    @property
    def title(self) -> str:
        """The title that is believed."""
        return next(iter(self.titles), "")


def read_metadata(tree: HtmlElement, linked: LinkedArticle, *, url: str) -> Metadata:
    """Everything but the text. ``tree`` is not changed."""
    meta = _meta(tree)
    titles = title_candidates(tree, meta, linked, url)
    published = next(
        (date for value in (linked.published, *(meta.get(name, "") for name in _DATES)) if (date := _date(value))), None
    )
    author = "; ".join(dict.fromkeys(linked.authors)) or meta.get("author", "")
    if "://" in author or not published or not titles or not author:
        other = extract_metadata(tree, default_url=url, extensive=False)
        published = published or other.date
        author = author if author and "://" not in author else other.author or ""
        titles = titles or ((other.title,) if other.title else ())
    return Metadata(
        titles=titles,
        published=published,
        author=author or None,
        section=linked.section or meta.get("article:section") or None,
        language=_language(tree.get("lang") or tree.get("xml:lang") or linked.language or meta.get("og:locale", "")),
        summaries=tuple(dict.fromkeys(text for text in (*_descriptions(meta), linked.summary) if text)),
        canonical=_canonical(tree, url),
    )


def _descriptions(meta: Mapping[str, str]) -> Iterable[str]:
    return (meta.get(name, "") for name in ("description", "og:description", "twitter:description"))


def _meta(tree: HtmlElement) -> dict[str, str]:
    """The first value of each meta element, by its name in lower case."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").lower()
        content = " ".join((element.get("content") or "").split())
        if name and content:
            found.setdefault(name, content)
    return found


def title_candidates(tree: HtmlElement, meta: Mapping[str, str], linked: LinkedArticle, url: str) -> tuple[str, ...]:
    """The page's titles without the name of the site, the best first.

    What the page gives to others to show (``og:title``) is nearest to what its feed gives: exact for 90 % of 116 pages whose
    title is known from elsewhere, the first heading for 75 %, JSON-LD for 82 %; the right one is among them for 99 %.
    """
    headings = [" ".join(heading.text_content().split()) for heading in tree.iter("h1")]
    page = " ".join((tree.findtext(".//title") or "").split())
    offered = [meta.get("og:title", ""), *headings[:1], linked.headline, meta.get("twitter:title", ""), page]
    references = [text for text in (*headings, linked.headline) if text]
    site = meta.get("og:site_name", "")
    cleaned = [without_site(text, site, references) for text in offered]
    filed = [linked.headline] if is_filed_under(linked.headline, url, instead_of=cleaned[:2]) else []
    return tuple(dict.fromkeys(text for text in (*filed, *cleaned) if folded(text)))


def is_filed_under(headline: str, url: str, *, instead_of: Iterable[str]) -> bool:
    """Whether the article's address was made from this headline and from none of the other titles.

    An outlet that tries several headlines on its readers changes ``og:title`` and the first heading; what it filed the article
    under stays in the address and in JSON-LD's ``headline``, which schema.org keeps for the article's own. Nearly all words have
    to be in the address, and at most three in four of any other title's: most addresses leave out words of the right one.
    """
    address = set(_ASCII_WORD.findall(urlsplit(url).path.lower()))
    return _share_in(headline, address) >= 0.9 and all(_share_in(other, address) <= 0.75 for other in instead_of if other)


def _share_in(title: str, address: Set[str]) -> float:
    """The share of a title's words that an address has, in either of the two ways to write an umlaut; 0 below four words."""
    words = title.lower().split()
    spelled = [
        set(_ASCII_WORD.findall(_plain(word))) | set(_ASCII_WORD.findall(_plain(word.translate(_UMLAUTS)))) for word in words
    ]
    told = [forms for forms in spelled if forms]
    return sum(bool(forms & address) for forms in told) / len(told) if len(told) >= 4 else 0.0


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


def without_site(title: str, site: str, references: Iterable[str]) -> str:
    """A title without "| Name of the site".

    What follows a heading of the page and a separator is furniture, whichever quotation marks either has; so is a last part that
    is the site's name.
    """
    straight = title.translate(_QUOTES)
    for reference in references:
        rest = title[len(reference) :] if straight.startswith(reference.translate(_QUOTES)) else ""
        if rest and _SEPARATOR.match(rest):
            return title[: len(reference)]
    parts = list(_SEPARATOR.finditer(title))
    if parts and site:
        last, name = folded(title[parts[-1].end() :]), folded(site)
        if last and name and (last in name or name in last):
            return title[: parts[-1].start()].strip()
    return title


def _date(value: str) -> str | None:
    """A moment with its zone or a day, in ISO 8601; what is in another form is left to trafilatura."""
    text = value.strip()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text[:10] if _DAY.match(text) and _is_day(text[:10]) else None
    return moment.isoformat() if moment.tzinfo is not None else moment.date().isoformat()


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _language(value: str) -> str:
    code = re.split(r"[-_]", value.strip().lower())[0]
    return {"iw": "he", "nb": "no", "nn": "no", "in": "id"}.get(code, code) if code.isalpha() and len(code) in (2, 3) else ""


def _canonical(tree: HtmlElement, base: str) -> str | None:
    """The address that ``<link rel=canonical>`` gives (RFC 6596); None where there is none, or several that differ."""
    found = {
        absolute_url(link.get("href") or "", base)
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    }
    return found.pop() if len(found) == 1 else None
