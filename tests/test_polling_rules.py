"""What steers a feed: intervals, failures, validators, keys, moves, silence. Pure decisions; outlets and texts are fictional."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_feeds import FEED, NOW, URL, adds_up, answer, item, of_entries, poll, remembered, rss

from monitor.answers import Failed, NotModified, Redirect
from monitor.events import (
    EntryRevised,
    EntrySeen,
    FeedFellSilent,
    FeedGapClosed,
    FeedGapFound,
    FeedMoved,
    FeedPolicyChanged,
    FeedPolled,
    FeedRekeyed,
)
from monitor.feeds.archive_page import decide_archive
from monitor.feeds.documents import parse_feed
from monitor.feeds.identity import article_of
from monitor.feeds.model import ParsedEntry
from monitor.feeds.polls import decide_poll, keys_of, read_answer
from monitor.feeds.silence import ENOUGH, WatchedFeed, decide_silence, expected_gap
from monitor.feeds.validators import is_audit_due, validators
from monitor.ids import sha256
from monitor.schedule import (
    Pace,
    advised_wait,
    failure_weight,
    fresh_for,
    next_interval,
    reserve,
    retry_wait,
    whole_runs,
)

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
DATE = "Mon, 10 Mar 2031 07:00:00 GMT"
# A feed with a past: twenty entries in its window, asked every twenty minutes.
PAST = replace(
    FEED,
    interval_minutes=20.0,
    window_entries=20,
    entries_seen=60,
    pace_per_hour=1.0,
    last_success_at=NOW - 20 * MINUTE,
    last_document_at=NOW - 20 * MINUTE,
    last_new_at=NOW - 20 * MINUTE,
    gaps=(1200.0,) * 30,
    expected_gap_seconds=1200.0,
    polls_since_audit=3,
)
bounds = {"low": 0.3, "high": 0.7, "shortest": 5.0, "longest": 1440.0}


def numbered(*numbers, title="Report {}", place="world", prefix="g", date=DATE):
    return rss(
        *(
            item(n, title=title.format(n), guid=f"{prefix}{n}", link=f"https://gazette.norland.test/{place}/{n}", date=date)
            for n in numbers
        )
    )


def decided(profile, body, known=None, *, feed=PAST, relatives=(), **more):
    reply = answer(body) if isinstance(body, str) else body
    return decide_poll(
        feed, reply, read_answer(feed, reply), known or {}, profile, polled_at=NOW, record=None, relatives=relatives, **more
    )


def known_of(profile, body):
    return remembered(of_entries(poll(profile, body)))


# ---- intervals


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, 5), (0.1, 20), (0.29, 20), (0.3, 40), (0.5, 40), (0.7, 40), (0.71, 50), (1.0, 50), (None, 44)],
)
def test_the_known_share_steers_the_interval(share, expected):
    """None known: at once; few: half; most: a quarter more; an unchanged document counts as all known, but only gently."""
    assert next_interval(40, share, **bounds) == pytest.approx(expected)


@given(st.floats(1, 5000), st.none() | st.floats(0, 1))
def test_no_interval_leaves_its_bounds(minutes, share):
    assert 5 <= next_interval(minutes, share, **bounds) <= 1440


def test_a_narrow_window_is_watched_more_closely_than_a_wide_one():
    """What a burst may push out decides, not how much a feed brings on other days."""
    narrow, wide = (reserve(window, None, low=0.3, shortest=5, start=10) for window in (10, 100))
    assert narrow < wide / 8


def test_the_pace_of_late_shortens_the_reserve_and_is_forgotten():
    calm, busy = (reserve(50, Pace(usual, 0.0), low=0.3, shortest=5, start=10) for usual in (1.0, 60.0))
    assert busy < calm
    assert Pace(1.0, 60.0).after(0, DAY / 2).peak == 30
    assert Pace(1.0, 1.0).after(30, HOUR / 2).peak == 60
    settled = Pace(0.0, 0.0)
    for _ in range(24 * 14):
        settled = settled.after(6, HOUR)
    assert settled.usual == pytest.approx(6, rel=0.05)


def test_a_burst_that_is_on_is_watched_at_the_shortest_interval():
    assert reserve(20, Pace(1.0, 100.0), low=0.3, shortest=5, start=10) == 5


def test_an_interval_is_cut_to_whole_runs():
    """A feed that is due four minutes after a run would wait for the next, ten minutes later."""
    assert [whole_runs(minutes, 10) for minutes in (5, 7.5, 10, 14, 17.5, 20, 143)] == [5, 7.5, 10, 10, 20, 20, 140]


def test_a_feed_starts_where_the_profile_says_and_a_calm_one_is_asked_less_often(profile):
    first = poll(profile, numbered(*range(40)))[0]
    assert first.interval_minutes == profile.polling.interval_minutes
    known = known_of(profile, numbered(*range(40)))
    later = decided(profile, numbered(*range(41)), known, feed=replace(PAST, window_entries=40, pace_per_hour=0.1))[0]
    assert PAST.interval_minutes < later.interval_minutes <= PAST.interval_minutes * 1.25


def test_a_burst_brings_the_next_poll_nearer(profile):
    known = known_of(profile, numbered(*range(20)))
    polled = decided(profile, numbered(*range(15, 35)), known)[0]
    assert polled.new == 15
    assert polled.interval_minutes <= PAST.interval_minutes / 2


# ---- what the server asks


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "public, max-age=1800"}, 30 * MINUTE),
        ({"cache-control": "max-age=1800", "age": "600"}, 20 * MINUTE),
        ({"cache-control": "max-age=1800, no-cache"}, None),
        ({"expires": "Mon, 10 Mar 2031 09:00:00 GMT", "date": "Mon, 10 Mar 2031 08:00:00 GMT"}, HOUR),
        ({"expires": "0", "date": "Mon, 10 Mar 2031 08:00:00 GMT"}, None),
        ({"cache-control": "max-age=60", "expires": "Tue, 11 Mar 2031 08:00:00 GMT", "date": DATE}, MINUTE),
        ({}, None),
    ],
)
def test_freshness_is_read_as_the_standard_says(headers, expected):
    assert fresh_for(headers) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("60", None, None), HOUR),
        ((None, "hourly", "2"), 30 * MINUTE),
        (("15", "daily", None), DAY),
        (("soon", "never", "0"), None),
        ((None, "hourly", "0"), HOUR),
    ],
)
def test_the_documents_own_advice_is_read(given, expected):
    assert advised_wait(*given) == expected


def test_ttl_and_syndication_module_come_out_of_a_document():
    channel = '<ttl>90</ttl><sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>'
    assert parse_feed(rss(item(), channel=channel).encode()).advised_wait == DAY
    assert parse_feed(rss(item(), channel="<ttl>90</ttl>").encode()).advised_wait == 90 * MINUTE


def test_what_the_server_asks_is_waited_for_and_recorded(profile):
    known = known_of(profile, numbered(*range(20)))
    reply = answer(numbered(*range(20)), **{"cache-control": "max-age=7200"})
    polled = decided(profile, reply, known)[0]
    assert (polled.next_poll_at, polled.asked_wait_seconds) == (NOW + 2 * HOUR, 7200)


def test_what_the_server_asks_is_capped(profile):
    reply = answer(numbered(1), **{"cache-control": "max-age=31536000"})
    polled = decided(profile, reply, feed=FEED)[0]
    assert polled.next_poll_at == NOW + dt.timedelta(hours=profile.polling.longest_hours)
    assert polled.asked_wait_seconds == 31536000


def test_a_documents_advice_that_loses_entries_is_not_followed(profile):
    """Many programs write an hourly ttl into every feed; where entries roll off meanwhile, the window counts for more."""
    known = known_of(profile, numbered(*range(20)))
    body = numbered(*range(18, 38)).replace("<item>", "<ttl>600</ttl><item>", 1)
    assert decided(profile, body, known)[0].next_poll_at <= NOW + 20 * MINUTE
    calm = numbered(*range(20)).replace("<item>", "<ttl>600</ttl><item>", 1)
    assert decided(profile, calm, known)[0].next_poll_at == NOW + 600 * MINUTE


# ---- failures


@pytest.mark.parametrize(
    ("reason", "status", "weight"),
    [
        ("http_error", 404, 1),
        ("http_error", 403, 1),
        ("http_error", 410, 1),
        ("http_error", 500, 0.5),
        ("html", 200, 0.5),
        ("ill_formed", 200, 0.5),
        ("http_error", 503, 0.25),
        ("http_error", 429, 0.25),
        ("timeout", None, 0.25),
        ("unreachable", None, 0.25),
        ("held", None, 0),
        ("something new", None, 0.5),
    ],
)
def test_failures_weigh_by_what_they_say_of_the_feed(reason, status, weight):
    assert failure_weight(reason, status) == weight


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["316800", "Fri, 14 Mar 2031 00:00:00 GMT"])
def test_retry_after_of_days_is_capped_and_says_so(profile, status, form):
    """88 hours have been seen in the wild, in both forms; the date counts from the server's own clock."""
    headers = {"retry-after": form, "date": "Mon, 10 Mar 2031 08:00:00 GMT"}
    reply = Failed(url=URL, reason="http_error", detail="", at=NOW, status=status, headers=headers)
    event = decided(profile, reply)[0]
    assert event.next_poll_at == NOW + dt.timedelta(hours=profile.polling.longest_hours)
    assert (event.asked_wait_seconds, event.is_wait_capped, event.weight) == (88 * 3600, True, 0.25)


def test_retry_after_counts_from_the_servers_clock():
    headers = {"retry-after": "Mon, 10 Mar 2031 09:30:00 GMT", "date": "Mon, 10 Mar 2031 09:00:00 GMT"}
    assert retry_wait(headers, NOW) == 30 * MINUTE


@pytest.mark.parametrize("weight", [4.0, 40.0, 400.0])
def test_a_feed_is_never_given_up_by_count(profile, weight):
    """However often it failed: at most the longest wait, and a poll after it that answers makes it as good as new."""
    event = decided(
        profile, Failed(url=URL, reason="http_error", detail="", at=NOW, status=404), feed=replace(PAST, failure_weight=weight)
    )[0]
    assert NOW < event.next_poll_at <= NOW + dt.timedelta(hours=profile.polling.longest_hours)


def test_a_feed_that_is_down_is_asked_before_its_window_rolls_over(profile):
    """The network is not the outlet: it goes on publishing, and whoever backs off to a day comes back to a strange window."""
    event = decided(profile, Failed(url=URL, reason="timeout", detail="", at=NOW), feed=replace(PAST, failure_weight=30.0))[0]
    assert event.next_poll_at <= NOW + 2 * HOUR


def test_feeds_of_a_host_that_failed_together_do_not_come_back_together(profile):
    reply = Failed(url=URL, reason="unreachable", detail="", at=NOW)
    moments = {
        decided(profile, reply, feed=replace(PAST, feed_id=f"feed-{number}", failure_weight=8.0))[0].next_poll_at
        for number in range(50)
    }
    assert len(moments) > 40


def test_a_feed_that_is_gone_is_asked_daily(profile):
    event = decided(profile, Failed(url=URL, reason="http_error", detail="HTTP 410", at=NOW, status=410))[0]
    assert 0.9 * DAY <= event.next_poll_at - NOW <= DAY


# ---- validators


def test_both_validators_are_sent_and_one_poll_in_so_many_goes_without(profile):
    feed = replace(PAST, etag='"v1"', last_modified=DATE)
    assert validators(feed, profile.polling, NOW) == {"etag": '"v1"', "last_modified": DATE}
    due = replace(feed, polls_since_audit=profile.polling.audit_every - 1)
    assert validators(due, profile.polling, NOW) == {"etag": None, "last_modified": None}
    assert not is_audit_due(replace(due, etag=None, last_modified=None), profile.polling, NOW)  # nothing to audit


def test_a_304_that_lasts_longer_than_the_window_should_is_audited_at_once(profile):
    feed = replace(PAST, etag='"v1"', pace_per_hour=10.0, last_unmodified_at=NOW - HOUR, last_document_at=NOW - 2 * HOUR)
    assert is_audit_due(feed, profile.polling, NOW)
    assert not is_audit_due(replace(feed, pace_per_hour=0.5), profile.polling, NOW)


@pytest.mark.parametrize(
    ("stored", "headers", "is_lie"),
    [
        ({"etag": '"v1"'}, {"etag": '"v1"'}, True),
        ({"etag": '"v1"'}, {"etag": '"v2"'}, False),
        ({"last_modified": DATE}, {"last-modified": DATE}, True),
        ({"etag": '"v1"', "last_modified": DATE}, {"etag": '"v2"', "last-modified": DATE}, False),
    ],
)
def test_validators_that_would_have_hidden_other_bytes_are_no_longer_believed(profile, stored, headers, is_lie):
    feed = replace(PAST, **stored, sha256=sha256(b"older"))
    polled = decided(profile, answer(numbered(1, 2), **headers), feed=feed, is_audit=True)[0]
    assert (polled.is_audit, polled.is_distrusted) == (True, is_lie)
    if is_lie:
        assert validators(replace(feed, is_distrusted=True), profile.polling, NOW) == {"etag": None, "last_modified": None}


def test_a_304_given_after_an_entry_stood_there_is_a_lie_whatever_the_new_validator(profile):
    feed = replace(PAST, etag='"v1"', last_document_at=NOW - 12 * HOUR, last_unmodified_at=NOW - 20 * MINUTE)
    old = answer(numbered(1, date="Mon, 10 Mar 2031 02:00:00 GMT"), etag='"v2"')
    fresh = answer(numbered(1, date="Mon, 10 Mar 2031 07:50:00 GMT"), etag='"v2"')
    assert decided(profile, old, feed=feed, is_audit=True)[0].is_distrusted
    assert not decided(profile, fresh, feed=feed, is_audit=True)[0].is_distrusted


# ---- gaps


def test_a_document_without_a_known_entry_is_a_gap(profile):
    polled, gap, *entries = decided(profile, numbered(*range(50, 70)))
    assert gap == FeedGapFound(feed_id=PAST.feed_id, found_at=NOW, since=PAST.last_success_at, entries=20)
    assert polled.interval_minutes == profile.polling.shortest_minutes
    assert {type(entry) for entry in entries} == {EntrySeen}
    assert adds_up(polled)


def test_the_first_document_of_a_feed_is_no_gap(profile):
    assert not [event for event in poll(profile, numbered(*range(20))) if isinstance(event, FeedGapFound)]


def test_one_known_entry_is_no_gap(profile):
    known = known_of(profile, numbered(50))
    assert not [event for event in decided(profile, numbered(*range(50, 70)), known) if isinstance(event, FeedGapFound)]


def test_an_empty_document_is_no_gap_and_no_news(profile):
    [polled] = decided(profile, rss())
    assert (polled.outcome, polled.entries, polled.gap_seconds) == ("parsed", 0, None)
    assert polled.interval_minutes <= PAST.interval_minutes * 1.1


# ---- identity


def test_repeated_guids_step_the_policy_down_and_nothing_known_becomes_new(profile):
    """One guid for all entries: the step is told, and the entries known under the old keys stay known."""
    healthy, broken = numbered(*range(10)), rss(*(item(n, guid="same", date=DATE) for n in range(11)))
    known = known_of(profile, healthy)
    events = decided(profile, broken, relatives=list(known.values()))
    [change] = [event for event in events if isinstance(event, FeedPolicyChanged)]
    assert (change.previous, change.policy) == ("guid", "link_date")
    assert "11 of 11" in change.why
    new = [event.url for event in events if type(event) is EntrySeen]
    assert new == ["https://gazette.norland.test/world/10"]


def test_a_policy_never_steps_back_by_itself(profile):
    events = decided(profile, numbered(*range(10)), feed=replace(PAST, policy="link_date"))
    assert not [event for event in events if isinstance(event, FeedPolicyChanged)]
    assert all(event.entry_key.startswith("link_date|") for event in events if isinstance(event, EntrySeen))


def test_one_bad_guid_changes_no_policy(profile):
    body = rss(item(1, guid="a"), item(2, guid="b"), item(3))
    assert not [event for event in poll(profile, body) if isinstance(event, FeedPolicyChanged)]


def test_entries_that_share_link_and_date_are_told_apart_by_title(profile):
    body = rss(*(item(1, title=f"Live: part {n}", date=DATE) for n in range(6)))
    events = poll(profile, body)
    [change] = [event for event in events if isinstance(event, FeedPolicyChanged)]
    assert change.policy == "link_date_title"
    assert len({event.entry_id for event in events if isinstance(event, EntrySeen)}) == 6


def test_a_guid_that_changes_with_the_headline_makes_a_revision(profile):
    """The guid contains the slug of the title: an edited headline is the same report."""
    before, after = numbered(1, 2, 3), numbered(2, 3)
    known = known_of(profile, before)
    edited = after.replace("</channel>", item(1, title="Report 1, updated", guid="g1-updated", date=DATE) + "</channel>")
    events = decided(profile, edited, known, relatives=[known["g1"]])
    [revised] = [event for event in events if isinstance(event, EntryRevised)]
    assert (revised.entry_key, revised.changed) == ("g1", ("title",))
    assert events[0].new == 0


def test_a_rekeyed_feed_brings_nothing_new_and_is_known_from_then_on(profile):
    """The publisher moved to another system: other guids, other addresses, the titles as they were. One report is new indeed."""
    before, after = numbered(*range(20)), numbered(*range(1, 21), place="news", prefix="n")
    known = known_of(profile, before)
    events = decided(profile, after, relatives=list(known.values()))
    [told] = [event for event in events if isinstance(event, FeedRekeyed)]
    entries = [event for event in events if isinstance(event, EntrySeen)]
    assert (told.entries, told.known_titles, events[0].new, events[0].rekeyed) == (19, 19, 20, 19)
    assert [event.title for event in entries if not event.is_rekeyed] == ["Report 20"]
    assert not [event for event in events if isinstance(event, FeedGapFound)]
    again = decided(profile, after + "<!-- later -->", remembered(entries))
    assert [type(event) for event in again] == [FeedPolled]
    assert again[0].known == 20


def test_http_to_https_of_every_link_is_no_news(profile):
    def document(scheme):
        return rss(
            *(
                item(
                    n,
                    title=f"Report {n}",
                    link=f"{scheme}://gazette.norland.test/{n}",
                    guid=f"{scheme}://gazette.norland.test/{n}",
                )
                for n in range(20)
            )
        )

    known = known_of(profile, document("http"))
    events = decided(profile, document("https"), relatives=list(known.values()))
    assert [event for event in events if isinstance(event, EntrySeen) and not event.is_rekeyed] == []
    assert [event.entries for event in events if isinstance(event, FeedRekeyed)] == [20]


def test_guids_that_change_at_every_build_end_in_another_policy(profile):
    """Otherwise each poll would record the whole window anew."""
    known = known_of(profile, numbered(*range(20)))
    feed = replace(PAST, last_rekeyed_at=NOW - HOUR)
    events = decided(profile, numbered(*range(20), prefix="build2-"), feed=feed, relatives=list(known.values()))
    assert [event.policy for event in events if isinstance(event, FeedPolicyChanged)] == ["link_date"]


def test_reports_with_the_same_generic_title_are_not_taken_for_one(profile):
    """A few equal titles are no re-key: the rest of the document is known."""
    known = known_of(profile, numbered(*range(18), title="News in brief"))
    body = numbered(*range(2, 20), title="News in brief")
    events = decided(profile, body, {key: known[key] for key in known if int(key[1:]) >= 2}, relatives=list(known.values()))
    assert [event.url[-2:] for event in events if type(event) is EntrySeen] == ["18", "19"]


def test_keys_are_those_that_the_decision_uses(profile):
    reply = answer(numbered(1, 2))
    keys = {entry.key for entry in keys_of(FEED, reply, read_answer(FEED, reply))}
    assert keys == {event.entry_key for event in poll(profile, reply) if isinstance(event, EntrySeen)}


# ---- moves

TARGET = "https://gazette.norland.test/all.xml"


def redirected(*steps, url=TARGET):
    return replace(answer(numbered(1), url=url), redirects=tuple(Redirect(status, to) for status, to in steps))


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_moves_a_feed_after_days(profile, status):
    reply, days = redirected((status, TARGET)), profile.polling.move_after_days
    first = decided(profile, reply)
    assert first[0].moved_to == TARGET
    assert not [event for event in first if isinstance(event, FeedMoved)]
    feed = replace(PAST, moved_to=TARGET, moved_since=NOW - days * DAY)
    [move] = [event for event in decided(profile, reply, feed=feed) if isinstance(event, FeedMoved)]
    assert (move.from_url, move.to_url, move.is_pinned, move.duplicate_of) == (URL, TARGET, False, None)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_moves_nothing(profile, status):
    assert decided(profile, redirected((status, TARGET)))[0].moved_to is None
    assert decided(profile, redirected((301, TARGET), (status, "https://cdn.norland.test/x")))[0].moved_to == TARGET


def test_https_of_the_same_address_is_taken_at_once(profile):
    feed = replace(PAST, url=URL.replace("https", "http"))
    [move] = [event for event in decided(profile, redirected((301, URL)), feed=feed) if isinstance(event, FeedMoved)]
    assert (move.to_url, move.duplicate_of) == (URL, None)


def test_a_pinned_feed_stays_where_it_is(profile):
    feed = replace(PAST, moved_to=TARGET, moved_since=NOW - 30 * DAY, is_pinned=True)
    events = decided(profile, redirected((301, TARGET)), feed=feed)
    assert events[0].moved_to == TARGET
    assert not [event for event in events if isinstance(event, FeedMoved)]


def test_a_304_counts_as_a_valid_feed_at_the_target(profile):
    feed = replace(PAST, moved_to=TARGET, moved_since=NOW - 8 * DAY)
    reply = NotModified(url=URL, headers={}, at=NOW, redirects=(Redirect(301, TARGET),))
    assert [event.to_url for event in decided(profile, reply, feed=feed) if isinstance(event, FeedMoved)] == [TARGET]


# ---- silence


def watched(gaps=(600.0,) * 200, **more):
    values = {
        "feed_id": "feed-01",
        "last_new_at": NOW,
        "last_success_at": NOW,
        "last_polled_at": NOW,
        "interval_minutes": 10.0,
        "expected_gap_seconds": expected_gap(gaps),
        "gap_count": len(gaps),
    }
    return WatchedFeed(**(values | more))


@given(st.lists(st.floats(1, 10**6), min_size=ENOUGH, max_size=400))
def test_all_but_one_in_a_hundred_gaps_are_within_what_is_expected(gaps):
    assert sum(gap > expected_gap(gaps) for gap in gaps) <= len(gaps) / 100


def test_who_knows_little_says_little():
    """Three days of a daily bulletin are no reason to call a fourth without one an outage."""
    waits = [expected_gap([86_400.0] * count) / 86_400 for count in (0, 1, 3, 10)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 30
    assert waits[2] > 5


def test_a_silence_is_reported_once_and_in_time():
    feed = watched()
    at = NOW + dt.timedelta(seconds=600) + 10 * MINUTE
    event = decide_silence(feed, at)
    assert isinstance(event, FeedFellSilent)
    assert (event.last_new_at, event.expected_gap_seconds, event.gaps) == (NOW, 600, 200)
    assert decide_silence(watched(silent_since=NOW), at) is None
    assert decide_silence(feed, NOW + dt.timedelta(seconds=600)) is None


def test_an_outage_is_silence_too_and_no_poll_is_waited_for():
    failing = watched(last_polled_at=NOW + 11 * MINUTE)
    assert decide_silence(failing, NOW + 12 * MINUTE) is not None
    assert decide_silence(watched(), NOW + 12 * MINUTE) is None  # the poll that could show something is still to come


def test_silence_is_reported_before_a_feed_is_asked_less_often(profile):
    """Unchanged beyond its own percentile: the interval stays until the silence is reported, and grows then."""
    quiet = replace(PAST, interval_minutes=12.0, last_new_at=NOW - 3 * HOUR, sha256="5f01", window_entries=80)
    reply = NotModified(url=URL, headers={}, at=NOW)
    assert decided(profile, reply, feed=quiet)[0].interval_minutes == 12
    assert decided(profile, reply, feed=replace(quiet, silent_since=quiet.last_new_at))[0].interval_minutes > 12


def test_an_outage_does_not_become_the_rhythm_of_a_feed(profile):
    """A week of silence that was reported counts at most double what was expected."""
    known = known_of(profile, numbered(*range(20)))
    down = replace(PAST, last_new_at=NOW - 7 * DAY, silent_since=NOW - 7 * DAY)
    assert decided(profile, numbered(*range(1, 21)), known, feed=down)[0].gap_seconds == 2 * PAST.expected_gap_seconds


# ---- what a gap hid


def test_an_archive_gives_what_the_gap_hid_and_nothing_that_was_seen_or_never_in_the_feed(profile):
    """Known articles, links listed twice and what is older than the last poll by more than a day are left out; the rest is new."""
    listed = [
        ParsedEntry("", link, "Vestria offers a truce of forty days", "", "", published, "")
        for link, published in (
            ("https://gazette.norland.test/world/1", NOW),
            ("https://gazette.norland.test/world/2", NOW - 2 * HOUR),
            ("https://gazette.norland.test/world/2?utm_source=list", NOW - 2 * HOUR),
            ("https://gazette.norland.test/world/3", NOW - 3 * DAY),
            ("/world/4", None),
            ("mailto:desk@gazette.norland.test", None),
        )
    ]
    closed, *entries = decide_archive(
        PAST,
        listed,
        {article_of("https://gazette.norland.test/world/1")},
        profile,
        found_at=NOW,
        closed_at=NOW,
        url="https://gazette.norland.test/archive",
        record=None,
        since=NOW - 20 * MINUTE,
    )
    assert isinstance(closed, FeedGapClosed)
    assert (closed.listed, closed.new) == (6, 2)
    assert [(entry.url, entry.source) for entry in entries] == [
        ("https://gazette.norland.test/world/2", "sitemap"),
        ("https://gazette.norland.test/world/4", "sitemap"),
    ]
