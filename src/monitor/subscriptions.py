"""Subscriptions: who wants which alerts, how sure they must be, and when they may come. Data of the profile.

Channels are named here and have their addresses in the settings: a profile can be shown to anybody.
"""

import datetime as dt
import re
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .events import AlertKind

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
# Stances whose change is news. Receiving, studying or conveying a proposal is a step on the way, not a position.
POSITIONS = ("accepted", "accepted_in_principle", "accepted_with_amendments", "rejected", "withdrew")


class Subscription(BaseModel):
    """One wish. Empty lists mean all; what several lists name must hold together. Times of day are those of ``timezone``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kinds: tuple[AlertKind, ...] = Field(min_length=1)
    channels: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()  # ids of the profile's parties: proposers, or whose position changed
    mediators: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()  # hosts, with their subdomains
    stances: tuple[str, ...] = POSITIONS  # of positions: what may be news
    minimum_sources: int = Field(default=1, ge=1, le=50)  # independent origins
    patience_hours: float = Field(default=168, gt=0)  # how long they are waited for
    hold_minutes: float = Field(default=15, ge=0, le=24 * 60)  # time for a second look before it is sent
    hold_origins: int = Field(default=2, ge=1)  # so many independent origins end the hold
    trusted: tuple[str, ...] = ()  # outlets whose reports are not held
    quiet: str = Field(default="", pattern=rf"^({_CLOCK}-{_CLOCK})?$")  # "22:00-06:30": nothing is sent then
    digest: str = Field(default="", pattern=rf"^({_CLOCK})?$")  # "07:00": all of a day in one message
    timezone: str = "UTC"
    repeat_hours: float | None = Field(default=None, gt=0)  # sent again so often, until somebody acknowledges it
    repeat_most: int = Field(default=3, ge=1, le=20)

    @field_validator("timezone")
    @classmethod
    def _is_a_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"{name!r} is no time zone; an example is Europe/Vienna") from error
        return name

    @model_validator(mode="after")
    def _quiet_ends(self) -> Self:
        if self.quiet and self.quiet[:5] == self.quiet[6:]:
            raise ValueError("quiet begins and ends at the same time")
        return self

    def quiet_until(self, now: dt.datetime) -> dt.datetime | None:
        """When the quiet hours end that ``now`` lies in; None outside of them."""
        if not self.quiet:
            return None
        local = now.astimezone(ZoneInfo(self.timezone))
        start, end = (dt.time.fromisoformat(part) for part in self.quiet.split("-"))
        is_over_midnight = start > end
        clock = local.time()
        if not (clock >= start or clock < end if is_over_midnight else start <= clock < end):
            return None
        day = local.date() + dt.timedelta(days=is_over_midnight and clock >= start)
        return dt.datetime.combine(day, end, local.tzinfo).astimezone(dt.UTC)

    def digest_after(self, moment: dt.datetime) -> dt.datetime:
        """The first time after ``moment`` at which the day's digest goes out."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        at = dt.time.fromisoformat(self.digest)
        day = local.date() + dt.timedelta(days=local.time() >= at)
        return dt.datetime.combine(day, at, local.tzinfo).astimezone(dt.UTC)


# What a profile without a subscription gets: everything about proposals, held for a quarter of an hour, on all channels.
USUAL = (Subscription(kinds=("new", "variant", "edit", "correction")),)


def is_host(host: str, named: tuple[str, ...]) -> bool:
    """Whether a host, or a domain that it belongs to, is among those named."""
    return any(re.fullmatch(rf"(.+\.)?{re.escape(name.lower())}", host.lower()) for name in named)
