"""The seed corpus: documents that every article is compared with for ever.

A document may be known by its fingerprint alone: the seeds of a profile are shipped so, as facts (hash, length,
sampled shingle hashes, date, language, the proposals that they describe) without their text.
"""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from .articles.model import NoText
from .errors import CorpusError
from .events import CorpusDocumentImported, Fingerprint, Moment, Precision
from .fingerprints import METHOD, fingerprint
from .ids import sha256, subject_id, text_sha256

SEED_ONE_IN = 4  # denser than the index: a document without a text is compared on its sample


class DocumentFacts(BaseModel):
    """A document without its text: one line of a ``.seeds.jsonl`` file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    title: str = ""
    language: str
    published_at: Moment | None = None
    published_precision: Precision = "none"
    bytes_sha256: str
    characters: int
    fingerprint: Fingerprint
    proposals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read from a file."""

    facts: DocumentFacts
    text: str | None


def read_documents(path: Path, *, language: str) -> Iterator[Document]:
    """The documents of a text, HTML, JSONL (``text`` and optionally id, title, language, published) or facts file.

    Raises CorpusError that names the file and line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", subject=str(path), way_out="Name an existing file.") from error
    if path.suffix in (".jsonl", ".ndjson"):
        for number, line in enumerate(content.splitlines(), start=1):
            if line.strip():
                yield _from_line(line, f"{path}:{number}", f"{path.name}:{number}", language)
    elif path.suffix in (".html", ".htm", ".xhtml"):
        from .articles.extraction import extract_article  # most documents are texts or facts

        outcome = extract_article(content, url="")
        if isinstance(outcome, NoText):
            raise CorpusError(
                f"yields no text: {outcome.reason} {outcome.detail}".strip(),
                subject=str(path),
                way_out="Save the article's text in a .txt file instead.",
            )
        yield describe(outcome.text, content, name=path.name, language=language, title=outcome.title)
    else:
        try:
            yield describe(content.decode("utf-8-sig"), content, name=path.name, language=language)
        except UnicodeDecodeError as error:
            raise CorpusError(f"is not UTF-8 (byte {error.start})", subject=str(path), way_out="Convert it to UTF-8.") from error


def _from_line(line: bytes, where: str, name: str, language: str) -> Document:
    try:
        values = json.loads(line)
        if not isinstance(values, dict):
            raise TypeError("not an object")  # noqa: TRY301 - one place says what a line must be
        if "fingerprint" in values:
            return Document(DocumentFacts.model_validate(values), None)
        published = dt.datetime.fromisoformat(values["published"]) if values.get("published") else None
        return describe(
            values["text"],
            line,
            name=str(values.get("id", name)),
            language=values.get("language") or language,
            title=values.get("title") or "",
            published_at=published,
        )
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise CorpusError(
            f"is no document: {error}",
            subject=where,
            way_out='A line is {"text": …} with id, title, language, published, or the facts that '
            "`monitor seed describe` prints.",
        ) from error


def describe(
    text: str, content: bytes, *, name: str, language: str, title: str = "", published_at: dt.datetime | None = None
) -> Document:
    """A document with its facts; raises CorpusError for an empty text."""
    if not text.strip():
        raise CorpusError("is empty", subject=name, way_out="Leave it out.")
    facts = DocumentFacts(
        name=name,
        title=title,
        language=language,
        published_at=published_at,
        published_precision="second" if published_at else "none",
        bytes_sha256=sha256(content),
        characters=len(text),
        fingerprint=fingerprint(text, one_in=SEED_ONE_IN),
    )
    return Document(facts, text)


def document_id(facts: DocumentFacts) -> str:
    """Identity of a document: its words, so that its facts and its text are one document."""
    return subject_id("document", facts.fingerprint.content_sha256)


def import_document(document: Document, *, at: dt.datetime) -> CorpusDocumentImported:
    """The event for one document."""
    facts = document.facts
    return CorpusDocumentImported(
        document_id=document_id(facts),
        name=facts.name,
        title=facts.title,
        language=facts.language,
        published_at=facts.published_at,
        published_precision=facts.published_precision,
        bytes_sha256=facts.bytes_sha256,
        body_sha256=text_sha256(document.text) if document.text is not None else None,
        fingerprint=facts.fingerprint,
        proposals=facts.proposals,
        method=METHOD,
        imported_at=at,
    )
