"""Pages: bytes to an article's text, or the reason why there is none; a text to an event."""

from .decisions import decide_article, found_posts, is_boilerplate, is_shorter_than_known, word_difference
from .extraction import extract_article
from .model import (
    EXTRACTION_FAILURES,
    FEWEST_WORDS,
    METHOD,
    MOST_BYTES,
    MOST_CHARACTERS,
    MOST_SHOWN,
    MOST_TAGS,
    QUARANTINE_REASONS,
    Extraction,
    NoText,
    PageToExtract,
)

__all__ = [
    "EXTRACTION_FAILURES",
    "FEWEST_WORDS",
    "METHOD",
    "MOST_BYTES",
    "MOST_CHARACTERS",
    "MOST_SHOWN",
    "MOST_TAGS",
    "QUARANTINE_REASONS",
    "Extraction",
    "NoText",
    "PageToExtract",
    "decide_article",
    "extract_article",
    "found_posts",
    "is_boilerplate",
    "is_shorter_than_known",
    "word_difference",
]
