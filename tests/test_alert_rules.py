"""Which alert goes where and when: decided by subscriptions, what people muted, and the clock."""

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError
from test_alert_text import NOW, an_alert

from monitor.alerts import Mute, Waiting, decide, pack
from monitor.alerts.raising import AlertToRaise, raise_alert
from monitor.subscriptions import Subscription

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def wish(**more: Any) -> Subscription:
    return Subscription.model_validate(
        {"kinds": ("new", "variant", "edit", "position", "feed", "correction"), "hold_minutes": 0} | more
    )


def waiting(**more: Any) -> Waiting:
    changes = {
        key: more.pop(key) for key in list(more) if key in ("kind", "to_stance", "outlet", "language", "parties", "feed_id")
    }
    return Waiting(an_alert(**changes), "desk", **more)


def said(
    *wishes: Subscription, after: dt.timedelta = dt.timedelta(0), mutes: tuple[Mute, ...] = (), **more: Any
) -> tuple[str, Any]:
    decision = decide(waiting(**more), wishes or (wish(),), mutes, now=NOW + after)
    return decision.act, decision.until - NOW if decision.until else None


@pytest.mark.parametrize(
    ("wants", "is_sent"),
    [
        ({}, True),
        ({"kinds": ("new",)}, False),
        ({"channels": ("desk",)}, True),
        ({"channels": ("night",)}, False),
        ({"parties": ("vestria", "norland")}, True),
        ({"parties": ("norland",)}, False),
        ({"mediators": ("norland",)}, True),
        ({"mediators": ("vestria",)}, False),
        ({"languages": ("en",)}, True),
        ({"languages": ("ar",)}, False),
        ({"outlets": ("vestria.test",)}, True),
        ({"outlets": ("estria.test",)}, False),
    ],
)  # fmt: skip
def test_a_subscription_says_what_it_wants(wants: dict[str, Any], is_sent: bool) -> None:
    """By kind, channel, party, mediator, language, outlet with its domain; what nobody wants is withheld and says so."""
    assert said(wish(**wants))[0] == ("send" if is_sent else "withhold")


def test_an_alert_is_held_for_a_quarter_of_an_hour_or_a_second_origin() -> None:
    """Unless the outlet is one that is trusted; news of feeds is not held."""
    held = wish(hold_minutes=15)
    assert said(held) == ("wait", 15 * MINUTE)
    assert said(held, after=14 * MINUTE)[0] == "wait"
    assert said(held, after=15 * MINUTE)[0] == "send"
    assert said(held, origins=2)[0] == "send"
    assert said(wish(hold_minutes=15, trusted=("vestria.test",)))[0] == "send"
    assert said(held, kind="feed")[0] == "send"
    assert Subscription(kinds=("new",)).hold_minutes == 15
    assert Subscription(kinds=("new",)).hold_origins == 2


def test_too_few_origins_are_waited_for_and_then_given_up() -> None:
    """A week by default; the reason says how many there were."""
    three = wish(minimum_sources=3)
    assert said(three, origins=2) == ("wait", 168 * HOUR)
    assert said(three, origins=3)[0] == "send"
    decision = decide(waiting(origins=2), [three], (), now=NOW + 200 * HOUR)
    assert (decision.act, "2 of 3" in decision.why) == ("withhold", True)


@pytest.mark.parametrize(
    ("quiet", "zone", "until"),
    [
        ("08:00-10:30", "UTC", 1.5),
        ("22:00-09:00", "UTC", None),
        ("22:00-09:01", "UTC", 1 / 60),
        ("09:00-06:00", "UTC", 21.0),
        ("10:00-12:00", "Europe/Vienna", 2.0),  # 09:00 UTC is 10:00 there
        ("10:00-12:00", "UTC", None),
    ],
)  # fmt: skip
def test_nothing_is_sent_in_quiet_hours(quiet: str, zone: str, until: float | None) -> None:
    """Also over midnight, and by the clock of the place."""
    act, then = said(wish(quiet=quiet, timezone=zone))
    assert (act, then) == (("send", None) if until is None else ("wait", dt.timedelta(hours=until)))


def test_quiet_hours_hold_for_what_is_tried_again() -> None:
    """A refusal at ten in the evening rings nobody at three."""
    assert said(wish(quiet="08:00-10:00"), state="failed")[0] == "wait"
    assert said(wish(quiet="08:00-10:00"), after=HOUR, state="failed")[0] == "send"


def test_a_digest_goes_out_once_a_day() -> None:
    """At its hour: what was raised before it, tomorrow what comes after."""
    assert said(wish(digest="07:00")) == ("wait", 22 * HOUR)
    assert said(wish(digest="07:00"), after=22 * HOUR)[0] == "digest"
    assert said(wish(digest="10:00")) == ("wait", HOUR)


def test_the_most_eager_of_several_subscriptions_decides() -> None:
    assert said(wish(digest="07:00"), wish(hold_minutes=15), wish(kinds=("feed",)))[1] == 15 * MINUTE


@pytest.mark.parametrize(
    ("field", "value", "is_sent"),
    [("party", "vestria", False), ("party", "norland", True), ("kind", "variant", False), ("outlet", "wire.vestria.test", False),
     ("proposal", "proposal-1", False), ("proposal", "proposal-3", True), ("feed", "feed-1", True)],
)  # fmt: skip
def test_what_is_muted_is_withheld_with_whose_word_that_is(field: str, value: str, is_sent: bool) -> None:
    """A muted proposal mutes its variants."""
    decision = decide(waiting(), [wish()], [Mute(field, value, "ana", "noise")], now=NOW)
    assert decision.act == ("send" if is_sent else "withhold")
    assert is_sent or "ana: noise" in decision.why


def test_positions_by_their_stance() -> None:
    assert said(wish(), kind="position", to_stance="not rejected")[0] == "send"
    assert said(wish(stances=("accepted",)), kind="position", to_stance="rejected")[0] == "withhold"


def test_what_was_taken_back_meanwhile_is_never_sent() -> None:
    """That is what the hold is for; and a correction goes only where the mistake went."""
    assert said(is_taken_back=True)[0] == "withhold"
    assert said(kind="correction", is_of_this_channel=False)[0] == "withhold"


def test_a_claim_is_waited_for_and_a_refusal_left_alone() -> None:
    soon = NOW + 5 * MINUTE
    assert said(state="claimed", claimed_until=soon) == ("wait", 5 * MINUTE)
    assert said(state="claimed", claimed_until=soon, after=6 * MINUTE)[0] == "send"
    assert said(state="failed", retry_from=soon)[0] == "wait"
    assert said(wish(kinds=("feed",)), state="failed", after=HOUR)[0] == "send"  # rules that changed lose nothing that was begun


def test_what_nobody_acknowledged_is_repeated_where_a_rule_says_so() -> None:
    """So often and no more, and never what somebody has seen."""
    got = {"state": "delivered", "delivered_round": 1, "delivered_at": NOW}
    again = wish(repeat_hours=4, repeat_most=2)
    assert said(again, **got)[0] == "wait"
    assert said(again, after=4 * HOUR, **got)[0] == "remind"
    assert said(again, after=4 * HOUR, is_acknowledged=True, **got)[0] == "wait"
    assert said(wish(), after=400 * HOUR, **got)[0] == "wait"
    assert said(again, after=4 * HOUR, **got | {"round": 3, "delivered_round": 3})[0] == "wait"


def test_what_a_dead_process_was_sending_goes_out_as_it_was() -> None:
    """A digest of three keeps its key, whatever came since; the rest is packed anew."""

    def one(number: int, **more: Any) -> tuple[Waiting, Any]:
        return Waiting(an_alert(alert_id=f"alert-{number}"), "desk", **more), decide(waiting(), [wish()], (), now=NOW)

    dead = [one(number, state="claimed", message_id="digest-1") for number in range(3)]
    parcels = pack("desk", [*dead, one(7), one(8)], most=5)
    assert [(parcel.message_id, len(parcel.items), parcel.is_digest) for parcel in parcels] == [
        ("digest-1", 3, True), ("alert-7", 1, False), ("alert-8", 1, False)
    ]  # fmt: skip
    assert len(pack("desk", [one(number) for number in range(6)], most=5)) == 1
    assert len(pack("desk", [one(1, state="failed"), one(2)], most=5)) == 1
    assert [parcel.message_id for parcel in pack("desk", [one(1, round=2)], most=5)] == ["alert-1-2"]


@pytest.mark.parametrize(
    ("days_ago", "is_edit", "is_withheld"), [(0, False, False), (2, False, False), (4, False, True), (4, True, False)]
)
def test_what_is_older_than_the_horizon_is_recorded_and_not_sent(days_ago: int, is_edit: bool, is_withheld: bool) -> None:
    """A first run finds articles of weeks. The date of an article says nothing of an edit that was seen now."""
    owed = AlertToRaise(
        kind="new", proposal_id="p", parent_id=None, parent_label=None, label="l", proposers=(), mediators=(), mention_id="m", article_id="a", is_edit=is_edit, said_by="writer",
        outlet="o", title="t", url="u", language=None, quote="q", readings=(), nearest_label=None, nearest_rows=(),
        reported_at=NOW - dt.timedelta(days=days_ago), seen_at=NOW,
    )  # fmt: skip
    raised = raise_alert("topic", owed, at=NOW, horizon=dt.timedelta(days=3))
    assert bool(raised.withheld) == is_withheld
    assert raised.alert_id == raise_alert("topic", owed, at=NOW + HOUR, horizon=HOUR).alert_id


@pytest.mark.parametrize(
    "wrong", [{"kinds": ()}, {"kinds": ("gossip",)}, {"quiet": "25:00-07:00"}, {"quiet": "22:00-22:00"}, {"digest": "7"}, {"timezone": "Mars/Olympus"}]
)  # fmt: skip
def test_a_subscription_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wish(**wrong)
