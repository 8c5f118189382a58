"""When to ask again: numbers in, moments out."""

import datetime as dt
import email.utils
import re
import zlib
from collections.abc import Iterable

FIRST_RETRY = dt.timedelta(minutes=10)
PAGE_ATTEMPTS = 4  # a page that fails four times over about a day is given up, and that is recorded


def next_poll(now: dt.datetime, interval: dt.timedelta, *, key: str) -> dt.datetime:
    """The next poll after a success: ``interval`` later, less up to a tenth.

    The spread comes from ``key`` (the feed's id) and not from chance, so that a replay decides the same. It shortens,
    never lengthens: a schedule that runs every ten minutes must find a ten-minute feed due each time.
    """
    spread = zlib.crc32(f"{key}{now:%Y%m%d%H%M}".encode()) % 1000 / 1000
    return now + interval * (1 - 0.1 * spread)


def back_off(
    now: dt.datetime, interval: dt.timedelta, longest: dt.timedelta, *, failures: int, retry_after: dt.timedelta | None = None
) -> dt.datetime:
    """The next poll after ``failures`` failures in a row: doubled each time, at most ``longest``; never given up.

    What the server asks for (Retry-After) counts where it is longer, up to ``longest``.
    """
    longest = max(longest, interval)
    wait = min(interval * (1 << min(failures - 1, 16)), longest)
    if retry_after is not None:
        wait = max(wait, min(retry_after, longest))
    return now + wait


def retry_page(now: dt.datetime, attempt: int) -> dt.datetime | None:
    """When to try a failed page again: after 10 minutes, 80 minutes, 10 hours; then None."""
    if attempt >= PAGE_ATTEMPTS:
        return None
    return now + FIRST_RETRY * (1 << 3 * (attempt - 1))


def next_reading(first: dt.datetime, now: dt.datetime, hours: Iterable[float]) -> dt.datetime | None:
    """When to read a page again that was first read at ``first``: the next of so many hours after it; None after the last.

    Those that were missed (an outage, a machine that slept) are not made up one by one: the reading now stands for all.
    """
    return min((due for hour in hours if (due := first + dt.timedelta(hours=hour)) > now), default=None)


def retry_after(value: str | None, now: dt.datetime) -> dt.timedelta | None:
    """Read a Retry-After header (RFC 9110 section 10.2.3): seconds or a date; None when it is neither."""
    if not value:
        return None
    if re.fullmatch("[0-9]+", digits := value.strip()):
        return dt.timedelta(seconds=int(digits.lstrip("0")[:10] or 0) if len(digits.lstrip("0")) <= 9 else 10**9)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(moment - now, dt.timedelta(0))
