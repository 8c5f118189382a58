"""What all events share: the data model's base, moments, and where raw bytes lie."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


Moment = Annotated[dt.datetime, AfterValidator(_utc)]  # always UTC; a naive one is read as UTC
Gate = Literal["on_topic", "undecided", "off_topic"]
Origin = Literal["feed", "page", "none"]  # who claims a title or a date
Precision = Literal["second", "day", "none"]
EntryPolicy = Literal["guid", "link_date", "link_date_title"]  # what tells a feed's entries apart
Verdict = Literal["original", "exact", "near", "twin", "revision"]
VetoKind = Literal["number", "unit", "stance", "denial", "actor", "name", "order"]
Relation = Literal["same", "near_copy", "excerpt", "extended", "revised"]
Outcome = Literal["known", "variant", "new", "possible", "underspecified", "background", "dismissed"]


class EventData(BaseModel):
    """Base of all event models.

    ``wire`` is the type's name in the log, ``subject`` the field with the id of what the event is about, ``key`` the
    fields that make two occurrences the same occurrence. ``is_recurring`` events come again and again on one subject; their
    key holds a moment or a run, so the copy of one cannot lie more than a day before it in the log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    wire: ClassVar[str]
    version: ClassVar[int] = 1
    subject: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    is_recurring: ClassVar[bool] = False

    @property
    def stream(self) -> str:
        """Id of the subject."""
        return str(getattr(self, self.subject))

    @property
    def natural_key(self) -> tuple[str, ...]:
        """The values of ``key`` as text."""
        values = (getattr(self, name) for name in self.key)
        return tuple(value.isoformat() if isinstance(value, dt.datetime) else str(value) for value in values)


class Record(BaseModel):
    """Where raw bytes lie: a WARC file below the archive, offset and length in bytes, and the SHA-256 of the body."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str
    offset: int
    length: int
    sha256: str
