"""`monitor extract`, the floors of extraction on real pages, and pages that mean no good. What is written here is fictional."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import trafilatura
from command import Command
from conftest import SHARED
from test_articles import ARABIC, FRENCH, PARAGRAPHS, page, read

from monitor.articles.bodies import folded
from monitor.articles.extraction import extract_article
from monitor.articles.linked_data import linked_article, linked_data
from monitor.articles.metadata import read_metadata
from monitor.articles.model import EXTRACTION_FAILURES, MOST_BYTES, MOST_TAGS, Extraction, NoText

FLOORS = tomllib.loads((Path(__file__).parent / "floors" / "extraction.toml").read_text(encoding="utf-8"))["extraction"]
PAGES = SHARED / "pages-dev"
needs_pages = pytest.mark.skipif(not PAGES.is_dir(), reason="no ../shared/data/pages-dev beside the project")

# ---------------------------------------------------------------------------------------- floors


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words, as article-extraction-benchmark counts them."""
    words = re.findall(r"\w+", text)
    size = min(4, len(words))
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1)) if words else Counter()


def f1(pairs: list[tuple[str, str]]) -> float:
    """Of the means of precision and recall over (gold, found)."""
    precision = recall = 0.0
    for gold, found in pairs:
        wanted, given = shingles(gold), shingles(found)
        both = sum((wanted & given).values())
        precision += both / sum(given.values()) / len(pairs) if given else 0
        recall += both / sum(wanted.values()) / len(pairs) if wanted else 1 / len(pairs)
    return 2 * precision * recall / (precision + recall)


def gold_pages(name: str) -> list[tuple[dict[str, Any], bytes]]:
    lines = (PAGES / name / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return [(gold, gzip.decompress((PAGES / name / gold["html"]).read_bytes())) for gold in map(json.loads, lines)]


@needs_pages
@pytest.mark.replay
@pytest.mark.parametrize("name", FLOORS)
def test_extraction_reaches_its_floors(name: str) -> None:
    """A change of ours or of a library that makes texts worse must not pass unseen; other data need other floors."""
    floor = FLOORS[name]
    gold_file = (PAGES / name / "articles.jsonl").read_bytes()
    assert hashlib.sha256(gold_file).hexdigest() == floor["sha256"], "the gold changed: measure again, pin the new floors"
    found = [(gold, extract_article(raw, url=gold["url"])) for gold, raw in gold_pages(name)]
    texts = [(gold["text"], one.text if isinstance(one, Extraction) else "") for gold, one in found]
    assert f1(texts) >= floor["f1"]
    kept_back = [(gold["id"], one) for gold, one in found if isinstance(one, NoText) or one.quarantine]
    assert len(kept_back) == floor["quarantined"], kept_back
    read = [(gold, one) for gold, one in found if isinstance(one, Extraction)]
    if "date_right_day" in floor:
        right = sum((one.published or "")[:10] == gold["published"][:10] for gold, one in read)
        assert right / len(found) >= floor["date_right_day"]
        assert sum(folded(one.title) == folded(gold["title"]) for gold, one in read) / len(found) >= floor["title_exact"]


@needs_pages
@pytest.mark.replay
def test_the_right_title_is_among_those_that_a_page_offers() -> None:
    """Which of them a feed would give is not to be known from the page."""
    hits = 0
    pages = gold_pages("fundus")
    for gold, raw in pages:
        tree = trafilatura.load_html(raw)
        offered = read_metadata(tree, linked_article(linked_data(tree)), url=gold["url"]).titles
        hits += folded(gold["title"]) in {folded(title) for title in offered}
    assert hits / len(pages) >= FLOORS["fundus"]["title_among_candidates"]


# ---------------------------------------------------------------------------------------- the command

HTML = page(
    head='<meta property="article:published_time" content="2031-03-04T08:00:00Z"><meta name="author" content="Ada Quill">'
)
KEYS = ["id", "url", "title", "published", "language", "author", "text", "flags"]


def test_extract_prints_one_line_of_json_for_each_file(monitor: Command, tmp_path: Path) -> None:
    """The id is the file's name without .html and .gz; files stay in their order, whatever a file is."""
    (tmp_path / "one.html").write_text(HTML, encoding="utf-8")
    (tmp_path / "two.html.gz").write_bytes(gzip.compress(page(ARABIC).encode("cp1256")))
    (tmp_path / "three.html").write_bytes(b"%PDF-1.7")
    ended = monitor("extract", *(tmp_path / name for name in ("one.html", "two.html.gz", "three.html")), "--jsonl")
    assert ended.code == 0, ended.err
    one, two, three = map(json.loads, ended.out.splitlines())
    assert [list(line) for line in (one, two, three)] == [KEYS] * 3
    assert [line["id"] for line in (one, two, three)] == ["one", "two", "three"]
    assert (one["title"], one["published"], one["author"], one["language"]) == (
        "Talks go on",
        "2031-03-04T08:00:00+00:00",
        "Ada Quill",
        "en",
    )
    assert one["flags"] == []
    assert two["language"] == "ar"
    assert ARABIC[2] in two["text"]
    assert (three["text"], three["flags"]) == (None, ["not_html"])


def test_extract_says_why_a_text_would_not_count(monitor: Command, tmp_path: Path) -> None:
    """A person gets the reason in words and the text all the same; a program the flags."""
    (tmp_path / "wall.html").write_text(
        page(["We value your privacy. Accept all cookies or choose purpose by purpose."]), encoding="utf-8"
    )
    ended = monitor("extract", tmp_path / "wall.html")
    assert "quarantined as consent: the text asks for consent" in ended.err
    assert "We value your privacy." in ended.out
    assert json.loads(monitor("extract", tmp_path / "wall.html", "--jsonl").out)["flags"] == ["quarantined", "consent"]


@pytest.mark.parametrize("content", [None, b"\x1f\x8bno gzip at all"])
def test_extract_names_a_file_that_cannot_be_read(monitor: Command, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "page.html.gz").write_bytes(content)
    ended = monitor("extract", tmp_path / "page.html.gz", "--jsonl")
    assert (ended.code, ended.out) == (2, "")
    assert "page.html.gz: cannot be read" in ended.err


# ---------------------------------------------------------------------------------------- pages that mean no good

LINKS = [f'<li><a href="/n/{number}">Story number {number} of the day</a></li>' for number in range(200_000)]
LONG = [f"Paragraph {number} says that the delegates met in hall {number} and left by ferry." for number in range(330_000)]


@pytest.mark.parametrize(
    ("make", "reasons"),
    [
        (lambda: f"<html><body><ul>{''.join(LINKS)}</ul></body></html>", {"too_large"}),
        (lambda: f"<html><body><ul>{''.join(LINKS[: MOST_TAGS // 2])}</ul></body></html>", {"too_many_tags"}),
        (lambda: page(LONG), {"too_large"}),
        (lambda: page([" ".join(LONG[:30_000])]), {"too_long"}),
        (lambda: "<div>" * (MOST_TAGS * 2) + page(), {"too_many_tags"}),
        (lambda: "<div>" * (MOST_TAGS // 2) + page(), {"no_text"}),
        (lambda: f"<p {' '.join(f'a{number}=1' for number in range(200_000))}>x</p>", {"too_many_tags"}),
        (lambda: page(["&amp;" * (MOST_BYTES // 6)]), {"too_long"}),
    ],
    ids=["200k links", "20k links", "25 MB", "one paragraph", "deep", "less deep", "attributes", "entities"],
)  # fmt: skip
def test_a_page_that_would_take_too_long_is_measured_and_not_parsed(make: Any, reasons: set[str]) -> None:
    """Unmeasured, these took a minute and a gigabyte each."""
    outcome = read(make())
    assert isinstance(outcome, NoText), outcome
    assert outcome.reason in reasons <= set(EXTRACTION_FAILURES)


@pytest.mark.parametrize("paragraphs", [PARAGRAPHS, ARABIC, FRENCH], ids=["en", "ar", "fr"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_read_with_and_without_a_mark(paragraphs: list[str], encoding: str) -> None:
    outcome = read(page(paragraphs).encode(encoding))
    assert isinstance(outcome, Extraction)
    assert all(paragraph in outcome.text for paragraph in paragraphs)


HEBREW = [
    f"משלחות נורלנד וסודמרק נפגשו בעיר הנמל לסבב {n} של השיחות והשליח אמר כי שני הצדדים הביאו הערות כתובות." for n in range(7)
]
TURKISH = [
    f"Norland ve Sudmark heyetleri {n}. tur için şehirde buluştu ve elçi iki tarafın da görüş getirdiğini söyledi."
    for n in range(7)
]


@pytest.mark.parametrize(
    ("paragraphs", "encoding", "language"),
    [(ARABIC, "cp1256", None), (ARABIC, "iso-8859-6", None), (ARABIC, "cp1256", "ar"), (HEBREW, "cp1255", None), (TURKISH, "cp1254", "tr"), (FRENCH, "cp1252", "fr")],
)  # fmt: skip
def test_an_undeclared_encoding_is_told_by_the_language_or_the_visible_text(
    paragraphs: list[str], encoding: str, language: str | None
) -> None:
    html = page(paragraphs)
    html = html.replace("<html>", f'<html lang="{language}">') if language else html
    outcome = read(html.encode(encoding))
    assert isinstance(outcome, Extraction)
    assert all(paragraph in outcome.text for paragraph in paragraphs)


def test_stray_bytes_do_not_ruin_a_page_in_utf8() -> None:
    outcome = read(page(ARABIC).encode() + b"\xff\xfe\x80")
    assert isinstance(outcome, Extraction)
    assert ARABIC[0] in outcome.text


# ---------------------------------------------------------------------------------------- the page's own words


def linked(**values: Any) -> str:
    data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Talks go on"} | values
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def test_what_the_json_ld_body_has_and_the_markup_hides_is_read() -> None:
    """Outlets cut the article apart with advertisements; the extractor stops at the first."""
    body = "\n".join(PARAGRAPHS)
    outcome = read(page(PARAGRAPHS[:3], head=linked(articleBody=body)))
    assert isinstance(outcome, Extraction)
    assert outcome.text.splitlines() == PARAGRAPHS


def test_what_stands_beside_the_json_ld_body_is_furniture_but_headings_stay() -> None:
    mixed = [
        *PARAGRAPHS[:3],
        "The second day",
        *PARAGRAPHS[3:],
        "Write to the desk in Port Hallen if you know more about ferry timetables.",
    ]
    outcome = read(page(mixed, head=linked(articleBody=" ".join(PARAGRAPHS))))
    assert isinstance(outcome, Extraction)
    assert outcome.text.splitlines() == mixed[:-1]


def test_the_json_ld_of_another_article_changes_nothing() -> None:
    plain = read(page())
    assert isinstance(plain, Extraction)
    other = read(page(head=linked(articleBody=" ".join(FRENCH))))
    assert isinstance(other, Extraction)
    assert other.text == plain.text


STANDFIRST = (
    "Envoys who met at Port Hallen until dawn could not agree on who may use the ferry line in winter, and each of the two "
    "delegations blamed the other for the delay."
)


def test_a_standfirst_that_the_page_shows_is_part_of_the_text() -> None:
    html = page(head=f'<meta name="description" content="{STANDFIRST}">').replace(
        "<article>", f"<header><p>{STANDFIRST}</p></header><article>"
    )
    outcome = read(html)
    assert isinstance(outcome, Extraction)
    assert outcome.text.startswith(STANDFIRST)
    assert outcome.text.count(STANDFIRST) == 1


def test_a_description_that_only_machines_see_is_not() -> None:
    outcome = read(page(head=f'<meta name="description" content="{STANDFIRST}">'))
    assert isinstance(outcome, Extraction)
    assert STANDFIRST not in outcome.text


def test_the_title_does_not_stand_in_the_text_and_carries_no_name_of_the_site() -> None:
    head = '<meta property="og:title" content="Talks go on | Norland Gazette"><meta property="og:site_name" content="Norland Gazette">'
    outcome = read(page(head=head))
    assert isinstance(outcome, Extraction)
    assert outcome.title == "Talks go on"
    assert "Talks go on" not in outcome.text


def test_furniture_behind_a_title_goes_whichever_quotation_marks_its_heading_has() -> None:
    title = "Norland's envoy leaves | The Gazette | by Ada Quill"
    outcome = read(page(head=f'<meta property="og:title" content="{title}">', title="Norland’s envoy leaves"))
    assert isinstance(outcome, Extraction)
    assert outcome.title == "Norland's envoy leaves"


@pytest.mark.parametrize(
    ("headline", "title"),
    [
        ("Envoys tour the north of Norland", "Envoys tour the north of Norland"),
        ("Envoys tour Sudmark in the rain", "What nobody told the envoys"),
    ],
)
def test_the_headline_that_the_address_was_made_from_stays_the_title(headline: str, title: str) -> None:
    html = page(head=linked(headline=headline), title="What nobody told the envoys")
    outcome = extract_article(html.encode(), url="https://gazette.test/world/envoys-tour-the-north-of-norland-1")
    assert isinstance(outcome, Extraction)
    assert outcome.title == title


def test_section_paywall_and_authors_are_those_of_the_json_ld() -> None:
    outcome = read(
        page(
            head=linked(articleSection="World", isAccessibleForFree="False", author=[{"name": "Ada Quill"}, {"name": "Bo Reed"}])
        )
    )
    assert isinstance(outcome, Extraction)
    assert (outcome.section, outcome.author, outcome.flags, outcome.quarantine) == (
        "World",
        "Ada Quill; Bo Reed",
        ("paywall",),
        None,
    )


def test_a_text_that_ends_in_the_mark_of_a_cut_says_so() -> None:
    outcome = read(page([*PARAGRAPHS, "The envoy went on to say that the ferry …"]))
    assert isinstance(outcome, Extraction)
    assert outcome.flags == ("truncated",)


@pytest.mark.parametrize(
    ("paragraphs", "language"), [(PARAGRAPHS, "en"), (ARABIC, "ar"), (HEBREW, "he"), (FRENCH, "fr"), (TURKISH, "tr")]
)
def test_the_language_is_that_of_the_text_not_of_the_markup(paragraphs: list[str], language: str) -> None:
    outcome = read(page(paragraphs).replace("<html>", '<html lang="de">'))
    assert isinstance(outcome, Extraction)
    assert outcome.language == language
