"""The seed corpus: read from text, JSONL, HTML and facts, imported once, and compared with for ever."""

import asyncio
import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from loopback import PROFILE, Loopback, answer, item, page, rss, settings_for

from monitor.corpus import SEED_ONE_IN, Document, describe, document_id, read_documents
from monitor.errors import CorpusError
from monitor.ids import sha256
from monitor.pipeline.running import import_documents, run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.warehouse import query_copy

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
SUBJECTS = (
    "harbour",
    "ferry",
    "customs",
    "lighthouse",
    "timber",
    "pilot",
    "winter",
    "council",
    "market",
    "strait",
    "signal",
    "bridge",
)
# Twelve sentences that share no run of three words, so that a part of them can be told from the whole.
SENTENCES = [
    f"{first.title()} clerks counted {number + 3} {second} papers while Norland officers read the {third} truce draft number {number}."
    for number, (first, second, third) in enumerate(
        zip(SUBJECTS, SUBJECTS[5:] + SUBJECTS[:5], SUBJECTS[7:] + SUBJECTS[:7], strict=True)
    )
]
SEED = "\n\n".join(SENTENCES)


def read(path: Path, language: str = "en") -> list[Document]:
    return list(read_documents(path, language=language))


def test_a_text_file_is_one_document(tmp_path: Path) -> None:
    """Text, name, language, length and the hash of the file's bytes; a byte order mark is no text."""
    path = tmp_path / "seed.txt"
    path.write_bytes(b"\xef\xbb\xbf" + SEED.encode())
    (document,) = read(path, language="nl")
    assert document.text == SEED
    facts = document.facts
    assert (facts.name, facts.language, facts.characters) == ("seed.txt", "nl", len(SEED))
    assert facts.bytes_sha256 == sha256(path.read_bytes())
    assert (facts.published_at, facts.published_precision) == (None, "none")
    assert facts.fingerprint.one_in == SEED_ONE_IN


def test_each_line_of_a_jsonl_file_is_a_document(tmp_path: Path) -> None:
    """id, title, language and published are taken where they stand; empty lines are passed over."""
    path = tmp_path / "seeds.jsonl"
    full = {"id": "one", "title": "First", "text": SEED, "language": "fr", "published": "2031-03-01T10:00:00+02:00"}
    path.write_text(f"{json.dumps(full)}\n\n{json.dumps({'text': SENTENCES[0]})}\n", encoding="utf-8")
    first, second = (document.facts for document in read(path))
    assert (first.name, first.title, first.language) == ("one", "First", "fr")
    assert (first.published_at, first.published_precision) == (dt.datetime(2031, 3, 1, 8, tzinfo=dt.UTC), "second")
    assert (second.name, second.language) == ("seeds.jsonl:3", "en")


def test_an_html_file_is_its_article(tmp_path: Path) -> None:
    """The text is the article's, without the page's furniture, and so is the title."""
    path = tmp_path / "saved.html"
    path.write_text(page("A saved page", *SENTENCES), encoding="utf-8")
    (document,) = read(path)
    assert document.text is not None
    assert all(sentence in document.text for sentence in SENTENCES)
    assert "Home" not in document.text
    assert document.facts.title == "A saved page"


def test_facts_are_a_document_without_its_text(tmp_path: Path) -> None:
    """What `seed describe` prints is read back as the same facts, under the same identity, without a text."""
    document = describe(SEED, SEED.encode(), name="seed.txt", language="en")
    path = tmp_path / "topic.seeds.jsonl"
    path.write_text(document.facts.model_dump_json() + "\n", encoding="utf-8")
    (known,) = read(path)
    assert known == Document(document.facts, None)
    assert document_id(known.facts) == document_id(document.facts)
    assert not any(word in path.read_text(encoding="utf-8") for word in ("lighthouse", "Norland"))


def test_a_document_is_known_by_its_words(tmp_path: Path) -> None:
    """Another name, other spacing, capitals and punctuation: the same document; another word: another one."""
    spaced = describe(SEED.upper().replace(" ", "  ").replace(".", " !"), b"x", name="b", language="en")
    assert document_id(spaced.facts) == document_id(describe(SEED, b"y", name="a", language="en").facts)
    other = describe(SEED + " More.", b"y", name="a", language="en")
    assert document_id(other.facts) != document_id(spaced.facts)


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("empty.txt", b" \n", "empty.txt"),
        ("latin.txt", b"caf\xe9", "latin.txt"),
        ("bad.jsonl", b'{"text": "good enough"}\n{"txt": "no"}\n', "bad.jsonl:2"),
        ("broken.jsonl", b"{\n", "broken.jsonl:1"),
        ("list.jsonl", b'["text"]\n', "list.jsonl:1"),
        ("number.ndjson", b"7\n", "number.ndjson:1"),
        ("date.jsonl", b'{"text": "x", "published": "yesterday"}\n', "date.jsonl:1"),
        ("facts.jsonl", b'{"fingerprint": 3}\n', "facts.jsonl:1"),
        ("none.html", b"<html><body></body></html>", "none.html"),
    ],
)
def test_what_is_no_document_names_file_line_and_way_out(tmp_path: Path, name: str, content: bytes, where: str) -> None:
    """The input, what is wrong with it, and what to do."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert where in caught.value.subject
    assert caught.value.message
    assert caught.value.way_out
    assert caught.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere."""
    with pytest.raises(CorpusError) as caught:
        read(tmp_path / "nowhere.txt")
    assert str(tmp_path / "nowhere.txt") in str(caught.value)


def test_importing_twice_adds_nothing(tmp_path: Path) -> None:
    """The same words under another name are known already; their text is kept once."""
    pipeline = load_pipeline(settings_for(tmp_path), clock=lambda: NOW)
    documents = [describe(SEED, b"1", name="one", language="en"), describe(SEED, b"2", name="two", language="en")]
    assert len(import_documents(pipeline, documents).new) == 1
    again = import_documents(pipeline, documents)
    assert (len(again.new), again.known) == (0, 2)
    assert query_copy(pipeline.files, "SELECT name, words FROM document").rows == [("one", len(SEED.split()))]
    assert query_copy(pipeline.files, "SELECT text FROM log.body").rows == [(SEED,)]


def seeded(folder: Path) -> Path:
    """A profile with the seed's facts beside it, as one comes with the program; the text is nowhere."""
    folder.mkdir(parents=True, exist_ok=True)
    profile = folder / "invented.toml"
    shutil.copyfile(PROFILE, profile)
    facts = describe(SEED, SEED.encode(), name="seed-one", language="en").facts
    profile.with_suffix(".seeds.jsonl").write_text(facts.model_dump_json() + "\n", encoding="utf-8")
    return profile


def test_articles_that_copy_a_seed_known_by_its_facts_are_judged_copies_of_it(tmp_path: Path) -> None:
    """Through the whole pipeline: the same words are exact, the seed with other furniture or cut short is near, another
    text is original; the copies stand in the seed's cluster, and the seed's text is never needed."""
    furniture = [
        "The Gazette received this text by post and prints it without changes.",
        "Write to the editor before Friday noon.",
    ]
    other = [
        f"On pier {number} the mayor of Port Hallen praised {word} repairs and the Sudmark truce."
        for number, word in enumerate(SUBJECTS)
    ]
    pages = {
        "/same": SENTENCES,
        "/wrapped": [furniture[0], *SENTENCES, furniture[1]],
        "/short": SENTENCES[:6],
        "/other": other,
    }
    with Loopback() as server:
        entries = [item(f"Norland and Sudmark truce, report {path}", server.url(path)) for path in pages]
        server.routes = {"/feed": answer(rss(*entries), "application/rss+xml")}
        server.routes |= {path: answer(page(f"Report {path}", *parts)) for path, parts in pages.items()}
        settings = settings_for(tmp_path / "store", server.url("/feed"), topic=seeded(tmp_path / "topics"))
        pipeline = load_pipeline(settings, clock=lambda: NOW)
        asyncio.run(run_cycle(pipeline))
    documents = query_copy(pipeline.files, "SELECT document_id, body_sha256 FROM document").rows
    seed_id = document_id(describe(SEED, b"", name="", language="en").facts)
    assert documents == [(seed_id, None)]
    found = query_copy(
        pipeline.files, "SELECT regexp_extract(url, '/[a-z]+$'), verdict, copy_of, cluster_id = copy_of FROM article"
    )
    assert {path: rest for path, *rest in found.rows} == {
        "/same": ["exact", seed_id, True],
        "/wrapped": ["near", seed_id, True],
        "/short": ["near", seed_id, True],
        "/other": ["original", None, None],
    }
    copies = query_copy(pipeline.files, "SELECT of_outlet, of_title FROM report.copies").rows
    assert copies == [("seed corpus", "seed-one")] * 3
    sampled = query_copy(pipeline.files, "SELECT bool_and(is_sampled) FROM duplicate WHERE verdict = 'near'").rows
    assert sampled == [(True,)]


def test_the_text_of_a_seed_known_by_its_facts_can_be_added_later(tmp_path: Path) -> None:
    """Whoever has the seeds imports them: the document stays one document, and has its text from then on."""
    settings = settings_for(tmp_path / "store", topic=seeded(tmp_path / "topics"))
    pipeline = load_pipeline(settings, clock=lambda: NOW)
    import_documents(pipeline, list(pipeline.seeds))
    import_documents(pipeline, [describe(SEED, SEED.encode(), name="seed.txt", language="en")])
    rows = query_copy(pipeline.files, "SELECT document_id, text FROM document LEFT JOIN log.body ON sha256 = body_sha256").rows
    assert [text for _, text in rows] == [SEED]
