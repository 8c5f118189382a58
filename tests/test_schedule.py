"""When to ask again: often enough to miss nothing, never so often that a server suffers."""

import datetime as dt
import email.utils

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.schedule import PAGE_ATTEMPTS, back_off, next_poll, retry_after, retry_page

NOW = dt.datetime(2031, 3, 10, 8, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
intervals = st.integers(5, 24 * 60).map(lambda minutes: minutes * MINUTE)


@given(
    st.integers(0, 10**9).map(lambda seconds: NOW + dt.timedelta(seconds=seconds)),
    intervals,
    st.text(),
)
def test_the_next_poll_is_never_late_and_at_most_a_tenth_early(now, interval, key):
    following = next_poll(now, interval, key=key)
    assert interval * 0.9 - MINUTE / 60 <= following - now <= interval


def test_the_next_poll_is_the_same_in_a_replay():
    assert next_poll(NOW, HOUR, key="feed-01") == next_poll(NOW, HOUR, key="feed-01")


def test_feeds_polled_together_do_not_stay_together():
    """A hundred feeds of one minute spread out instead of meeting again an hour later."""
    assert len({next_poll(NOW, HOUR, key=f"feed-{number}") for number in range(100)}) > 80


@given(intervals, st.integers(1, 10_000), st.integers(1, 24 * 7).map(lambda hours: hours * HOUR))
def test_waiting_grows_with_each_failure_and_is_bounded(interval, failures, longest):
    """Monotone and bounded: a feed is never given up, and a dead one is never hammered."""
    first, second = (back_off(NOW, interval, longest, weight=count) for count in (failures, failures + 1))
    assert NOW < first <= second <= NOW + max(longest, interval)


def test_the_first_failures_double_the_wait():
    waits = [back_off(NOW, 10 * MINUTE, DAY, weight=count) - NOW for count in (1, 2, 3, 4)]
    assert waits == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE]


def test_a_server_that_asks_for_more_time_gets_it():
    assert back_off(NOW, 10 * MINUTE, DAY, weight=1, asked=3 * HOUR) == NOW + 3 * HOUR


def test_a_server_that_asks_for_less_time_than_we_would_give_changes_nothing():
    assert back_off(NOW, 10 * MINUTE, DAY, weight=4, asked=MINUTE) == NOW + 80 * MINUTE


def test_a_server_cannot_silence_a_feed_for_longer_than_the_limit():
    """Retry-After of 88 hours has been seen in the wild."""
    assert back_off(NOW, 10 * MINUTE, DAY, weight=1, asked=88 * HOUR) == NOW + DAY


def test_a_page_is_tried_over_half_a_day_and_then_given_up():
    assert [retry_page(NOW, attempt) for attempt in (1, 2, 3)] == [NOW + 10 * MINUTE, NOW + 80 * MINUTE, NOW + 640 * MINUTE]
    assert retry_page(NOW, PAGE_ATTEMPTS) is None
    assert retry_page(NOW, PAGE_ATTEMPTS + 1) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 2 * MINUTE),
        (" 0 ", dt.timedelta(0)),
        (email.utils.format_datetime(NOW + HOUR, usegmt=True), HOUR),
        ("Mon, 10 Mar 2031 10:00:00 +0100", HOUR),
        (email.utils.format_datetime(NOW - DAY, usegmt=True), dt.timedelta(0)),  # in the past: at once
        ("Mon, 10 Mar 2031 09:00:00 -0000", HOUR),  # no zone known: read as UTC
    ],
)
def test_retry_after_is_read_in_both_its_forms(value, expected):
    assert retry_after(value, NOW) == expected


@pytest.mark.parametrize("value", [None, "", "soon", "-30", "1.5", "1h"])
def test_what_is_neither_seconds_nor_a_date_is_ignored(value):
    assert retry_after(value, NOW) is None


@given(
    st.one_of(st.text(), st.integers().map(str), st.integers(-10, 10**25).map(lambda year: f"Mon, 01 Jan {year} 00:00:00 GMT"))
)
@example("²")
@example("9" * 5000)
@example("Mon, 01 Jan 99999999999999999999 00:00:00 GMT")
@example("Mon, 01 Jan 0001 00:00:00 +2359")
def test_no_header_stops_a_run_or_asks_for_the_past(value):
    wait = retry_after(value, NOW)
    assert wait is None or wait >= dt.timedelta(0)
    assert back_off(NOW, HOUR, DAY, weight=1, asked=wait) <= NOW + DAY


def test_a_failing_feed_is_never_asked_more_often_than_a_healthy_one():
    """Also where a profile polls daily but sets a shorter limit for the back-off."""
    assert back_off(NOW, DAY, HOUR, weight=1) >= NOW + DAY
