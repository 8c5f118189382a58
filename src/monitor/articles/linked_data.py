"""What a page says of itself in JSON-LD (schema.org): its article's headline, date, authors, section, body, free or not."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

MOST_CHARACTERS = 3_000_000  # of one block
_DEEPEST = 6  # lists and graphs within one another
_ARTICLE = re.compile(r"(Article|Posting|Report|Review)$")
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"(?i)<br\s*/?>|</(p|div|li|h[1-6]|blockquote)>")
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement")


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """What the JSON-LD says of the page's article; empty where it says nothing."""

    headline: str = ""
    published: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    language: str = ""
    body: str = ""
    summary: str = ""
    is_free: bool | None = None
    is_live_blog: bool = False


def linked_data(tree: HtmlElement) -> list[str]:
    """The page's blocks of JSON-LD."""
    return [
        script.text or "" for script in tree.iter("script") if (script.get("type") or "").strip().lower() == "application/ld+json"
    ]


def linked_article(blocks: Iterable[str]) -> LinkedArticle:
    """The first article in the blocks, with what the others add to it. Bad JSON is passed over.

    A page may describe its article twice (once by the CMS, once by a plug-in), and other articles as items of lists. The
    first that has a headline is the page's own in every generator of markup known to us; the longest body is taken.
    """
    nodes = [node for block in blocks for node in _nodes_of(block) if any(_ARTICLE.search(kind) for kind in _kinds(node))]
    nodes.sort(key=lambda node: not node.get("headline"))
    first = nodes[0] if nodes else {}
    headline = plain(first.get("headline") or first.get("name"))
    own = [node for node in nodes if plain(node.get("headline") or node.get("name")) == headline]
    return LinkedArticle(
        headline=headline,
        published=_first_text(own, "datePublished") or _first_text(own, "dateCreated"),
        authors=next((names for node in own if (names := tuple(_names(node.get("author"))))), ()),
        section=_first_text(own, "articleSection"),
        language=_first_text(own, "inLanguage"),
        body=max((plain(node.get("articleBody")) for node in own), key=len, default=""),
        summary=_first_text(own, "description"),
        is_free=_is_free(own),
        is_live_blog=any("LiveBlogPosting" in _kinds(node) for node in nodes),
    )


def plain(value: Any) -> str:
    """Text without markup, a line for each paragraph; outlets put HTML, escaped HTML or text into the same fields."""
    if not isinstance(value, str):
        return ""
    once = html.unescape(value) if "&lt;" in value or "<" not in value else value
    lines = html.unescape(_TAG.sub(" ", _BREAK.sub("\n", once))).replace("\xa0", " ").splitlines()
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _nodes_of(block: str) -> Iterator[dict[str, Any]]:
    if len(block) > MOST_CHARACTERS:
        return
    try:
        yield from _nodes(json.loads(block.strip().rstrip(";"), strict=False), 0)
    except (ValueError, RecursionError):
        return


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for key in _WITHIN:
            yield from _nodes(value.get(key), depth + 1)


def _kinds(node: dict[str, Any]) -> list[str]:
    kinds = node.get("@type")
    return [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])]


def _first_text(nodes: Iterable[dict[str, Any]], key: str) -> str:
    for node in nodes:
        value = node.get(key)
        value = value[0] if isinstance(value, list) and value else value
        value = (value.get("alternateName") or value.get("name")) if isinstance(value, dict) else value
        if text := plain(value):
            return text
    return ""


def _names(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        name = item.get("name") if isinstance(item, dict) else item
        for one in name if isinstance(name, list) else [name]:
            if (text := plain(one)) and "://" not in text:
                yield text


def _is_free(nodes: Iterable[dict[str, Any]]) -> bool | None:
    """``isAccessibleForFree``, which outlets write as a boolean, a word or an address of schema.org."""
    for node in nodes:
        value = node.get("isAccessibleForFree")
        word = str(value).rpartition("/")[2].strip().lower() if value is not None else ""
        if word in ("true", "false"):
            return word == "true"
    return None
