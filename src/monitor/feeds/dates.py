"""What a feed claims about dates: read once or twice, with its precision, and with the doubts that it raises.

A claim is never thrown away and never made up: the text is kept letter for letter, and no clock of ours ever fills a gap.
feedparser reads dates with a row of handlers, of which the later ones guess without a sign (2016/6/29 becomes
1 November; "10:00 PM" ten in the morning). Text in one of the two standard forms (RFC 822 with a four-digit year,
ISO 8601) is believed; anything else is read a second time by dateparser, once with the day first and once with the month
first. What all agree on stands; where they do not, the claim is ``disputed``.

Roads not taken: dateutil's parser fills missing parts from today, which would mix the clocks; dateparser's relative
forms ("3 hours ago") rest on the time of reading and are switched off for the same reason.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..events import Precision
from .model import ParsedEntry

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

AHEAD = dt.timedelta(days=1)  # clocks of publishers run fast, and zones are mistaken; a day is beyond both
ANCIENT = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)  # before the web: 1970 is an empty field, 1601 and 0200 are overflows
DISPUTED = dt.timedelta(hours=11)  # more than a mistaken zone usually makes, less than a mistaken AM or PM
MOST_READ_TWICE = 100  # texts of a document that are read a second time; each costs up to some hundredths of a second

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_RFC822 = re.compile(
    rf"(?:[a-z]{{3}},?\s+)?([0-3]?\d)\s+(?:{_MONTHS})\s+\d{{4}}(?:\s+[0-2]?\d:[0-5]\d(?::[0-6]\d)?(?:\s+(?:[+-]\d{{4}}|[a-z]{{1,4}}))?)?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"\d{4}-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?", re.IGNORECASE
)
_TIME = re.compile(r"\b(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*([ap]\.?m\b)?", re.IGNORECASE)
_OF_A_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}")
_DIGIT = re.compile(r"\d")
_USUAL = 22  # of dateparser's languages, which stand by how much of the web is written in them; Hebrew is the 22nd
_USUAL_TOO = ("hi", "ur")


@dataclass(frozen=True, slots=True)
class DateClaim:
    """How far a claimed date goes, and why it may be wrong: future, ancient, midnight, unreadable, disputed."""

    precision: Precision
    doubts: tuple[str, ...]


def is_standard(text: str) -> bool:
    """Whether a date is in one of the two forms that feeds must use and that leave nothing to guess."""
    return bool(_RFC822.fullmatch(text) or _ISO.fullmatch(text))


def iso_moment(text: str) -> dt.datetime | None:
    """An RFC 3339 date or day as a UTC moment; None when it is none."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def readings(text: str, language: str = "") -> tuple[dt.datetime, ...]:
    """What dateparser makes of a text, in UTC: nothing, one moment, or two where day and month may be swapped.

    Only whole dates with day, month and year count; relative ones never do.
    """
    if len(text) > 80 or len(_DIGIT.findall(text)) < 3:
        return ()
    found = {_parser(order, _languages(language)).get_date_data(text).date_obj for order in ("DMY", "MDY")}
    moments = set()
    for moment in found:
        try:
            moments.add(moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC))
        except (AttributeError, ValueError, OverflowError):
            continue
    return tuple(sorted(moments))


def _languages(declared: str) -> tuple[str, ...]:
    code = re.split("[-_]", declared.lower())[0]
    code = {"iw": "he", "in": "id", "ji": "yi"}.get(code, code)
    from dateparser.data.languages_info import language_order  # a tenth of a second; most feeds keep to the two standard forms

    # Where a feed does not say its language: dateparser tries all of its two hundred otherwise, seconds for each text.
    return (code, "en") if code in language_order and code != "en" else (*language_order[:_USUAL], *_USUAL_TOO)


@lru_cache(maxsize=16)
def _parser(order: str, languages: tuple[str, ...]) -> "DateDataParser":
    from dateparser.date import DateDataParser

    settings = {
        "DATE_ORDER": order,
        "PARSERS": ["absolute-time"],
        "PREFER_LOCALE_DATE_ORDER": False,
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RETURN_AS_TIMEZONE_AWARE": True,
        "TIMEZONE": "UTC",
    }
    return DateDataParser(languages=list(languages), settings=settings)


class DateReader:
    """Reads the dates of one document; at most MOST_READ_TWICE different texts of it a second time."""

    def __init__(self, language: str) -> None:
        self._language, self._texts = language, set[str]()

    def claim(self, text: str, first: dt.datetime | None) -> tuple[dt.datetime | None, bool]:
        """The moment that a text claims and whether its readings disagree; ``first`` is the reading of the feed's parser.

        A second reading that is sure of itself (day and month cannot be swapped) is taken before the first.
        """
        if not text or is_standard(text):
            return first, False
        if text not in self._texts and len(self._texts) >= MOST_READ_TWICE:
            return first, False
        self._texts.add(text)
        second = readings(text, self._language)
        if len(second) != 1:
            return first, len(second) > 1
        return second[0], first is not None and abs(first - second[0]) > DISPUTED


def judge_dates(entries: Sequence[ParsedEntry], *, now: dt.datetime) -> list[DateClaim]:
    """What is to be thought of each entry's date; ``now`` is the moment of the poll.

    Midnight takes the whole document to judge: one story at 00:00:00 happens, two are a publisher that knows only days.
    """
    are_days = sum(_is_midnight(_text(entry)) for entry in entries) > 1
    return [_judge(entry, now=now, are_days=are_days) for entry in entries]


def _text(entry: ParsedEntry) -> str:
    return entry.published_text or (entry.updated_text if entry.published_at is not None else "")


def _judge(entry: ParsedEntry, *, now: dt.datetime, are_days: bool) -> DateClaim:
    text, moment = _text(entry), entry.published_at
    disputed = ("disputed",) if entry.is_disputed else ()
    if moment is None:
        return DateClaim("none", disputed or (("unreadable",) if text else ()))
    is_day = not _time_of(text) or (are_days and _is_midnight(text))
    doubts = {"future": moment > now + AHEAD, "ancient": moment < ANCIENT, "midnight": is_day}
    return DateClaim("day" if is_day else "second", (*(name for name, holds in doubts.items() if holds), *disputed))


def _time_of(text: str) -> re.Match[str] | None:
    return _TIME.search(_OF_A_DATE.sub(" ", text)) if ":" in text or "." in text else None


def _is_midnight(text: str) -> bool:
    """Whether the text says 00:00 (or 12:00 AM) in its own zone, whatever that is in ours."""
    time = _time_of(text)
    if time is None:
        return False
    hour = int(time[1]) % 12 if time[4] and time[4][0] in "aA" else int(time[1])
    return hour == 0 and int(time[2]) == 0 and int(time[3] or 0) == 0
