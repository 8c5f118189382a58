"""The article's text out of a page's tree. The only door to trafilatura, with ``metadata``.

trafilatura decides what the body is: without comments (they are not the article's claims), in its precise mode. Its fast
variant comes first; where that finds little, the full one with its other extractors is asked. ``deduplicate=True`` is never
used: trafilatura then remembers, process-wide, what it saw before, and a replay would read the same page differently.

What is added is what a page's own words about itself allow, none of it specific to a site. Measured on 207 pages of 2019 to
2026 (F1 of 4-word shingles; two sets, of different conventions): trafilatura alone .962 / .949, precise .975 / .954, with
headings that repeat the title taken off and lists of nothing but links left out .978 / .957, with the JSON-LD body and the
standfirst .975 / .966. Tried and dropped, for no gain on either half: hidden elements and asides taken out beforehand, short
first and last lines cut, readability and resiliparse as second opinions on single paragraphs, cutting by phrases.
"""

import re
from collections.abc import Iterable, Sequence

import trafilatura
from lxml.html import HtmlElement

from .linked_data import LinkedArticle

_WORD = re.compile(r"\w+")
_FEW = 100  # words: below that the full extractor is asked, too
_LINKED = 0.9  # of the characters of a list or paragraph that lie in links
_LEAST_LINK = 20  # characters: less is "Read more"
_LEDE_WORDS = 20  # a shorter standfirst is a subtitle: it says what the title says
_LEDE_CHILDREN = 8  # a block with more is not one paragraph
_START = 12  # characters
_HEAD = frozenset(("head", "title", "meta", "script", "style", "noscript", "template"))
_AGREES = 0.6  # of the text's shingles that stand in the JSON-LD body: they are the same article
_COVERS = 0.8  # of the JSON-LD body's shingles that stand in the text: nothing is missing
_LONGER = 1.2  # times as long as the text: the page's JSON-LD has what the extractor missed
_LINE = 0.4  # of a line's shingles: less, and the line is not in the JSON-LD body
_HEADING_WORDS = 12


def folded(text: str) -> str:
    """The words of a text in lower case, with single spaces: equal for texts that differ in punctuation only."""
    return " ".join(_WORD.findall(text.replace("\xad", "").casefold()))


def body_of(tree: HtmlElement, *, url: str, linked: LinkedArticle, titles: Iterable[str], summaries: Iterable[str]) -> str:
    """The article's text, a line for each paragraph; "" where there is none. ``tree`` is changed.

    ``titles`` are those that the page gives itself, ``summaries`` what it and its feed say in short.
    """
    summaries = list(summaries)
    blocks = standfirst_candidates(tree, summaries)
    _drop_links(tree)
    text = _extracted(tree, url)
    lines = _without_titles([line.strip() for line in text.splitlines() if line.strip()], titles)
    lines = agreed(lines, linked.body)
    return "\n".join(with_standfirst(lines, summaries, blocks))


def _extracted(tree: HtmlElement, url: str) -> str:
    text = _trafilatura(tree, url, is_fast=True)
    if len(_WORD.findall(text)) >= _FEW:
        return text
    return max(text, _trafilatura(tree, url, is_fast=False), key=len)


def _trafilatura(tree: HtmlElement, url: str, *, is_fast: bool) -> str:
    text: str | None = trafilatura.extract(
        tree, url=url, include_comments=False, favor_precision=True, fast=is_fast, output_format="txt"
    )
    return text or ""


def _drop_links(tree: HtmlElement) -> None:
    """Take out lists and paragraphs that consist of links: they lead to other articles."""
    for block in tree.xpath(".//ul[.//a]|.//ol[.//a]|.//p[.//a]"):
        if block.getparent() is None:
            continue
        size = _size(block)
        if size > _LEAST_LINK and sum(_size(link) for link in block.iter("a")) >= _LINKED * size:
            block.drop_tree()


def _size(element: HtmlElement) -> int:
    """Characters of an element's text, runs of space counted once."""
    return len(" ".join(element.text_content().split()))


def standfirst_candidates(tree: HtmlElement, summaries: Iterable[str]) -> list[str]:
    """The texts of blocks that begin like one of the summaries: where a standfirst may stand."""
    starts = {start for summary in summaries if len(start := _start(summary)) == _START}
    found: dict[str, None] = {}
    for element in tree.iter() if starts else ():
        text = element.text
        if text and len(text) >= _START and isinstance(element.tag, str) and element.tag not in _HEAD and _start(text) in starts:
            for block in (element, element.getparent()):
                if block is not None and len(block) <= _LEDE_CHILDREN:
                    found[" ".join(block.text_content().split())] = None
    return list(found)


def _start(text: str) -> str:
    return text.lstrip(" \t\r\n\xa0\"'“”„«»‘’")[:_START].casefold()


def _without_titles(lines: Sequence[str], titles: Iterable[str]) -> list[str]:
    """Lines without a heading that repeats the title; it stands among the first few."""
    known = {title for title in map(folded, titles) if title}

    def is_title(line: str) -> bool:
        words = folded(line)
        return words in known or (words.count(" ") >= 3 and any(title.startswith(words) for title in known))

    return [line for number, line in enumerate(lines) if number >= 4 or not is_title(line)]


def agreed(lines: Sequence[str], body: str) -> list[str]:
    """The lines that the page's JSON-LD body bears out, where it is that of the same article.

    It is taken itself where it has clearly more (an extractor that stopped at an advertisement). Where the text covers it, lines
    that are not in it are furniture, except headings: outlets leave those out of the JSON-LD. A short body is a teaser and says
    nothing.
    """
    known = set(_shingles(body))
    found = [_shingles(line) for line in lines]
    mine = {shingle for line in found for shingle in line}
    if not known or not mine or len(known & mine) < _AGREES * len(mine):
        return list(lines)
    if len(known & mine) < _COVERS * len(known):
        is_fuller = len(known) >= _LONGER * len(mine)
        return [line for line in body.splitlines() if line.strip()] if is_fuller else list(lines)
    holds = [bool(line) and sum(shingle in known for shingle in line) >= _LINE * len(line) for line in found]
    first, last = holds.index(True), len(holds) - 1 - holds[::-1].index(True)
    return [
        line
        for number, line in enumerate(lines)
        if holds[number] or (first < number < last and len(line.split()) <= _HEADING_WORDS and not line.startswith("- "))
    ]


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return [tuple(words[at : at + 3]) for at in range(max(1, len(words) - 2))] if words else []


def with_standfirst(lines: list[str], summaries: Iterable[str], blocks: Sequence[str]) -> list[str]:
    """Lines with the standfirst before them, where the page shows one that the extractor left out.

    It is recognised by what the page's description or the feed's summary says: a block that says the same, or begins with it.
    What stands only in the head of the page is not shown to readers and is not the article's text.
    """
    have = folded("\n".join(lines))
    folds = {folded(block): block for block in reversed(blocks)}
    for summary in dict.fromkeys(map(folded, summaries)):
        if summary.count(" ") < 5 or not lines:
            continue
        if summary[:60] in have:
            break
        for fold, block in folds.items():
            if _says(fold, summary) and fold.count(" ") + 1 >= _LEDE_WORDS and fold[:60] not in have:
                return [block, *lines]
    return lines


def _says(block: str, summary: str) -> bool:
    """Whether a block says the summary, or more of the same paragraph: descriptions are cut off."""
    begins = summary[: max(40, int(len(summary) * 0.9))]
    return block == summary or (len(summary) < len(block) < 1.6 * len(summary) + 80 and block.startswith(begins))
