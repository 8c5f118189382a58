"""Pages to serve: real ones with their gold texts, where they lie beside the project, and otherwise invented ones.

The real ones are some two hundred. To reach a larger number each is given again in **other words**: every word of four letters or more
is replaced by another of the same length that pages in that language use, by a table that differs for each time. Markup, lengths
and the small words that a language is known by stay, and no two of them share sentences, so none is a copy of another. Only pages as their
publishers made them count for the quality of texts.
"""

from __future__ import annotations

import gzip
import html
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.articles.languages import detected

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "pages-dev"
MANY = 30  # pages of a language, from which on its words suffice to say a page in other words

_MARKUP = re.compile(r"(<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!--.*?-->|<[^>]*>|&#?\w+;)", re.DOTALL | re.IGNORECASE)
_STRING = re.compile(r'"(?:[^"\\]|\\.){120,}"')  # in a script: text, such as an articleBody, and no key or address
_ESCAPE = re.compile(r"(\\u[0-9a-fA-F]{4}|\\.)")
_WORD = re.compile(r"[^\W\d_]{4,}")
_LANGUAGE = re.compile(r"<html[^>]*?\blang=[\"']?([a-zA-Z]{2})", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_PARAGRAPH = re.compile(r"<p\b[^>]*>(?:(?!</?p\b).){150,}?</p>", re.DOTALL | re.IGNORECASE)

Words = Mapping[str, str]  # a word in small letters → the one that stands for it


@dataclass(frozen=True, slots=True)
class Page:
    """A page, its language by two letters, and the text that a reader should find in it (None: not to be scored)."""

    document: str
    language: str
    gold: str | None
    address: str = ""  # what the publisher had it under, as it stands in the document

    @property
    def title(self) -> str:
        """What its title element says."""
        found = _TITLE.search(self.document)
        return " ".join(html.unescape(found[1]).split()) if found else "A page without a title"


def pages(number: int, *, real: bool, seed: int = 1) -> Iterator[Page]:
    """So many pages, none a copy of another. Raises FileNotFoundError where ``real`` ones are asked for and none are there."""
    if not real:
        yield from (invented(random.Random(f"{seed} {which}")) for which in range(number))
        return
    found = real_pages()
    yield from found[:number]
    languages = Counter(page.language for page in found)
    again = [page for page in found if languages[page.language] >= MANY]
    vocabulary = _vocabulary(again)
    for which in range(number - len(found)):
        page, chance = again[which % len(again)], random.Random(f"{seed} {which // len(again)}")
        yield in_other_words(page, _table(vocabulary[page.language], chance))


def real_pages() -> list[Page]:
    found = []
    for folder in (REAL / "aeb", REAL / "fundus"):
        for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            document = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
            # The text's own, since templates say "en" of anything; what the page says where the text is too short to tell.
            said = _LANGUAGE.search(document)
            language = detected(row["text"]) or (said[1].lower() if said else "en")
            found.append(Page(document, language, row["text"], row["url"]))
    random.Random(1).shuffle(found)  # both sets from the beginning on
    return found


def in_other_words(page: Page, words: Words) -> Page:
    """The page with its words replaced, in its text and in the texts that its scripts hold."""
    parts = _MARKUP.split(page.document)
    parts[::2] = [_replaced(part, words) for part in parts[::2]]
    parts[1::2] = [
        _STRING.sub(lambda found: _in_string(found[0], words), part) if part[:7].lower() == "<script" else part
        for part in parts[1::2]
    ]
    return replace(page, document="".join(parts), gold=None)


def syndicated(page: Page, outlet: str) -> Page:
    """The page as another outlet takes it over: a line of credit, and without the last of its long paragraphs."""
    paragraphs = list(_PARAGRAPH.finditer(page.document))
    if len(paragraphs) < 4:
        return replace(page, gold=None)
    first, last = paragraphs[0], paragraphs[-1]
    document = page.document[: last.start()] + page.document[last.end() :]
    return replace(
        page, document=f"{document[: first.start()]}<p>By courtesy of {outlet}.</p>{document[first.start() :]}", gold=None
    )


def _in_string(string: str, words: Words) -> str:
    parts = _ESCAPE.split(string)
    parts[::2] = [_replaced(part, words) for part in parts[::2]]
    return "".join(parts)


def _replaced(text: str, words: Words) -> str:
    def other(found: re.Match[str]) -> str:
        word = found[0]
        instead = words.get(word.lower(), word)
        return instead.capitalize() if word[0].isupper() else instead

    return _WORD.sub(other, text)


def _vocabulary(found: list[Page]) -> dict[str, dict[int, list[str]]]:
    """Language → length → the words of the gold texts, most frequent first."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for page in found:
        counts[page.language].update(word.lower() for word in _WORD.findall(page.gold or ""))
    words: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for language, counted in counts.items():
        for word, _ in counted.most_common():
            words[language][len(word)].append(word)
    return words


def _table(words: Mapping[int, list[str]], chance: random.Random) -> Words:
    """A word for each word: the lists of each length, shuffled."""
    return {word: other for same in words.values() for word, other in zip(same, chance.sample(same, len(same)), strict=True)}


# ---- invented ones

_COMMON_WORDS = """the of and to in that it was for on with as at by from this have not are but had they which one would their been were
when who will more if out so said what up its about into than them can only other new some could time these two may then
do first any my now such like our over man me even most made after also did many before must through back years where much
your way well down should because each just those people take day good how long little own state very great still"""
_MATTER_WORDS = """harbour council ferry bridge delegates ministers border crossing river morning evening statement session agenda convoy supplies
hospital school road villages families return agreement draft paper meeting capital spokesman journalist question answer week month winter
rain power water fuel trucks inspection list names office press farmers harvest grain market prices railway station tunnel workers
union strike wages festival theatre museum library teachers pupils doctors nurses patients clinic election mayor vote ballot budget
taxes court judge verdict appeal lawyer police fire storm flood island coast lighthouse fishermen boats nets factory engine
workshop builders houses rents tenants garden forest rangers wolves sheep valley mountain pass snow plough"""
_COMMON, _MATTERS = _COMMON_WORDS.split(), _MATTER_WORDS.split()
_FURNITURE = "".join(
    f'<li class="menu__item"><a class="menu__link" data-track="menu-{number}" href="/section/{number}">Section {number}</a></li>\n'
    for number in range(150)
)


def invented(chance: random.Random) -> Page:
    """A fictional article of 300 to 700 words within the furniture of a page of news, some 60 kB."""

    def sentence() -> str:
        words = [chance.choice(_MATTERS if chance.random() < 0.5 else _COMMON) for _ in range(chance.randint(9, 26))]
        return " ".join(words).capitalize() + "."

    title = " ".join(chance.choice(_MATTERS) for _ in range(7)).capitalize()
    paragraphs = [" ".join(sentence() for _ in range(chance.randint(2, 4))) for _ in range(chance.randint(7, 13))]
    related = "".join(
        f'<div class="teaser"><a href="/{number}"><h3>{sentence()}</h3></a><span class="teaser__time">{number} min</span></div>'
        for number in range(20)
    )
    script = "window.layer = window.layer || []; window.layer.push({page: 1, kind: 'story', slots: [1, 2, 3]});\n" * 300
    text = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><script>{script}</script></head><body>'
        f'<header><nav><ul class="menu">{_FURNITURE}</ul></nav></header><main><article><h1>{title}</h1>'
        f'<div class="story" itemprop="articleBody">{text}</div></article><aside class="related">{related}</aside></main>'
        f'<footer><ul class="menu">{_FURNITURE}</ul><p>All rights reserved.</p></footer></body></html>'
    )
    return Page(document, "en", "\n\n".join(paragraphs))
