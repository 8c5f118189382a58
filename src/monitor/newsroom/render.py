"""What the demo newsroom's outlets serve: feed documents and web pages as bytes, in the outlet's encoding.

A document depends on the script and the poll alone, so that a feed in which nothing changed is the same bytes
again. Characters that an encoding lacks are written as numeric references, which XML and HTML both know.
"""

import datetime as dt
import json
from email.utils import format_datetime
from html import escape as html_escape
from xml.sax.saxutils import escape as xml_escape

from .furniture import FURNITURE
from .script import Entry, Newsroom, NewsroomArticle, NewsroomFeed, paragraphs

_CONTENT_TYPES = {
    "rss2": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "jsonfeed": "application/feed+json",
}
_MOST_RELATED = 5
_RSS_END = "</channel>\n</rss>\n"


def feed_content_type(feed: NewsroomFeed) -> str:
    """Name the media type of a feed's document, with its charset."""
    return f"{_CONTENT_TYPES[feed.make]}; charset={feed.encoding}"


def page_content_type(feed: NewsroomFeed) -> str:
    """Name the media type of an outlet's pages, with their charset."""
    return f"text/html; charset={feed.encoding}"


def render_feed(newsroom: Newsroom, feed: NewsroomFeed, poll: int) -> bytes:
    """Make the feed's document at a poll.

    A broken one ends within the link of an item of no importance, after all others: a reader that forgives
    gets the others whole, and that one without a link.
    """
    entries, changed = newsroom.feed_state(feed, poll), newsroom.last_change(feed, poll)
    if feed.make == "jsonfeed":
        return _json_feed(feed, entries)
    body = {"rss2": _rss, "atom": _atom, "rdf": _rdf}[feed.make](feed, entries, changed)
    if feed.behaviour == "broken":
        title = _element("title", FURNITURE[feed.language].unfinished)
        body = f"{body.removesuffix(_RSS_END)}<item>\n{title}<link>http://{feed.host}/read"
    document = f'<?xml version="1.0" encoding="{feed.encoding}"?>\n{body}'
    return document.encode(feed.encoding, "xmlcharrefreplace")


def _xml(text: str) -> str:
    return xml_escape(text, {'"': "&quot;"})


def _element(name: str, text: str | None) -> str:
    """Write an element on a line of its own; nothing at all where there is no text."""
    return f"<{name}>{_xml(text)}</{name}>\n" if text else ""


def _rfc822(moment: dt.datetime | None) -> str | None:
    return format_datetime(moment.astimezone(dt.UTC), usegmt=True) if moment else None


def _rfc3339(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _rss(feed: NewsroomFeed, entries: list[Entry], changed: dt.datetime) -> str:
    """Write RSS 2.0, which has no element for edits: Atom's is borrowed, as publishers do."""
    items = "".join(
        "<item>\n"
        + _element("title", entry.title)
        + _element("link", entry.link)
        + f'<guid isPermaLink="false">{_xml(entry.guid)}</guid>\n'
        + _element("description", entry.summary)
        + _element("pubDate", _rfc822(entry.published))
        + _element("atom:updated", _rfc3339(entry.updated))
        + "</item>\n"
        for entry in entries
    )
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        + _element("title", feed.name)
        + _element("link", f"http://{feed.host}/")
        + _element("description", feed.name)
        + _element("language", feed.language)
        + _element("lastBuildDate", _rfc822(changed))
        + f'<atom:link href="{_xml(feed.url)}" rel="self"/>\n{items}{_RSS_END}'
    )


def _atom(feed: NewsroomFeed, entries: list[Entry], changed: dt.datetime) -> str:
    """Write Atom (RFC 4287), where ``updated`` is mandatory: an entry that was not edited repeats its date.

    One without a date has neither, which the standard forbids and publishers do.
    """
    items = "".join(
        "<entry>\n"
        + _element("title", entry.title)
        + f'<link rel="alternate" type="text/html" href="{_xml(entry.link)}"/>\n'
        + _element("id", entry.guid)
        + _element("summary", entry.summary)
        + _element("published", _rfc3339(entry.published))
        + _element("updated", _rfc3339(entry.updated or entry.published))
        + "</entry>\n"
        for entry in entries
    )
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}">\n'
        + _element("title", feed.name)
        + f'<link rel="self" href="{_xml(feed.url)}"/>\n'
        + _element("id", feed.url)
        + _element("updated", _rfc3339(changed))
        + f"<author>\n{_element('name', feed.name)}</author>\n"
        + f"{items}</feed>\n"
    )


def _rdf(feed: NewsroomFeed, entries: list[Entry], changed: dt.datetime) -> str:
    """Write RSS 1.0, where an item's identity is by custom its address, and its date Dublin Core's.

    ``dc:date`` says nothing of which date it is, so an edited item has the two qualified ones in its place.
    """
    places = "".join(f'<rdf:li rdf:resource="{_xml(entry.link)}"/>\n' for entry in entries)
    items = ""
    for entry in entries:
        dates = _element("dc:date", _rfc3339(entry.published))
        if entry.updated:
            issued = _element("dcterms:issued", _rfc3339(entry.published))
            dates = issued + _element("dcterms:modified", _rfc3339(entry.updated))
        items += (
            f'<item rdf:about="{_xml(entry.link)}">\n'
            + _element("title", entry.title)
            + _element("link", entry.link)
            + _element("description", entry.summary)
            + dates
            + "</item>\n"
        )
    return (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">\n'
        f'<channel rdf:about="{_xml(feed.url)}">\n'
        + _element("title", feed.name)
        + _element("link", f"http://{feed.host}/")
        + _element("description", feed.name)
        + _element("dc:language", feed.language)
        + _element("dc:date", _rfc3339(changed))
        + f"<items>\n<rdf:Seq>\n{places}</rdf:Seq>\n</items>\n</channel>\n{items}</rdf:RDF>\n"
    )


def _json_feed(feed: NewsroomFeed, entries: list[Entry]) -> bytes:
    """Write https://www.jsonfeed.org/version/1.1/, where a content is mandatory but a summary is not."""
    items = [
        {
            "id": entry.guid,
            "url": entry.link,
            "title": entry.title,
            "content_text": entry.summary,
            **({"summary": entry.summary} if entry.summary else {}),
            **({"date_published": _rfc3339(entry.published)} if entry.published else {}),
            **({"date_modified": _rfc3339(entry.updated)} if entry.updated else {}),
        }
        for entry in entries
    ]
    values = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.name,
        "home_page_url": f"http://{feed.host}/",
        "feed_url": feed.url,
        "language": feed.language,
        "items": items,
    }
    return json.dumps(values, ensure_ascii=False, indent=1).encode()


def render_article(newsroom: Newsroom, article: NewsroomArticle, poll: int) -> bytes:
    """Make an article's web page at a poll."""
    feed = next(feed for feed in newsroom.feed if feed.id == article.feed)
    link, desk = f"http://{feed.host}/{article.slug}", FURNITURE[feed.language].desk
    head = (
        f'<link rel="canonical" href="{link}">\n<meta property="og:type" content="article">\n'
        f'<meta property="og:title" content="{html_escape(article.title)}">\n'
        f'<meta property="og:site_name" content="{html_escape(feed.name)}">\n'
    )
    if article.summary:
        head += f'<meta name="description" content="{html_escape(article.summary)}">\n'
    if article.published:
        head += f'<meta property="article:published_time" content="{_rfc3339(article.published)}">\n'
    parts = paragraphs(newsroom.body_of(article, poll))
    text = "".join(f"<p>{html_escape(part, quote=False)}</p>\n" for part in parts)
    main = (
        f'<article class="article article--full" id="{article.id}">\n<header class="article-header">\n'
        f'<h1 class="article-title">{html_escape(article.title, quote=False)}</h1>\n'
        f'<div class="article-meta"><span class="byline author">{html_escape(desk)}</span>\n'
        f"{_times(newsroom, article, feed, poll)}</div>\n</header>\n"
        f'<div class="article-body" itemprop="articleBody">\n{text}</div>\n</article>\n'
        f"{_related(newsroom, article, feed, poll)}"
    )
    return _page(feed, title=article.title, head=head, main=main)


def render_moved(feed: NewsroomFeed) -> bytes:
    """Make the web page that stands where a feed was."""
    heading, sentence = FURNITURE[feed.language].moved
    main = f'<section class="notice">\n<h1>{html_escape(heading)}</h1>\n<p>{html_escape(sentence)}</p>\n</section>\n'
    return _page(feed, title=heading, head="", main=main)


def _times(newsroom: Newsroom, article: NewsroomArticle, feed: NewsroomFeed, poll: int) -> str:
    """Write when it was published and edited, as far as the outlet says."""
    updated, lines = newsroom.updated(article, poll), ""
    if article.published:
        lines += f'<time class="published" datetime="{_rfc3339(article.published)}">{_readable(article.published)}</time>\n'
    if updated:
        lines += (
            f'<span class="updated">{FURNITURE[feed.language].updated} '
            f'<time datetime="{_rfc3339(updated)}">{_readable(updated)}</time></span>\n'
        )
    return lines


def _readable(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def _related(newsroom: Newsroom, article: NewsroomArticle, feed: NewsroomFeed, poll: int) -> str:
    """Link to the outlet's other articles: the kind of text that must not be taken for the article's."""
    others = [other for other in newsroom.articles_of(feed, poll) if other.id != article.id][:_MOST_RELATED]
    if not others:
        return ""
    links = "".join(
        f'<li class="related-item"><a href="/{other.slug}">{html_escape(other.title, quote=False)}</a></li>\n' for other in others
    )
    heading = FURNITURE[feed.language].related
    return (
        f'<aside class="related-links sidebar">\n<h2 class="related-heading">{heading}</h2>\n'
        f'<ul class="related-list">\n{links}</ul>\n</aside>\n'
    )


def _page(feed: NewsroomFeed, *, title: str, head: str, main: str) -> bytes:
    """Put the outlet's masthead, sections and colophon round the main part."""
    words, name = FURNITURE[feed.language], html_escape(feed.name)
    sections = "".join(
        f'<li class="menu-item"><a href="/section/{number}">{html_escape(section)}</a></li>\n'
        for number, section in enumerate(words.sections, start=1)
    )
    first, *labels = (html_escape(part.format(name=feed.name)) for part in words.colophon)
    links = "".join(f'<li><a href="/about/{number}">{label}</a></li>\n' for number, label in enumerate(labels, start=1))
    page = (
        f'<!DOCTYPE html>\n<html lang="{feed.language}" dir="{words.direction}">\n<head>\n'
        f'<meta charset="{feed.encoding}">\n<title>{html_escape(title)} | {name}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{head}</head>\n'
        f'<body class="single">\n<header class="site-header" role="banner">\n'
        f'<a class="site-name" href="/">{name}</a>\n<nav class="main-navigation" role="navigation">\n'
        f'<ul class="menu">\n{sections}</ul>\n</nav>\n</header>\n'
        f'<main class="site-content" id="content">\n{main}</main>\n'
        f'<footer class="site-footer" role="contentinfo">\n<p class="colophon">{first}</p>\n'
        f'<ul class="footer-links">\n{links}</ul>\n</footer>\n</body>\n</html>\n'
    )
    return page.encode(feed.encoding, "xmlcharrefreplace")
