"""Which alert goes to which channel, and when: a pure function of the subscriptions, what people muted, and the clock.

An alert is held for a while before it is sent: most mistakes of a first reading show within minutes, when a second outlet
writes or the first one corrects itself. A second independent origin ends the hold, and so does an outlet that the profile
trusts. What was taken back meanwhile is never sent.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ..events import AlertRaised
from ..subscriptions import Subscription, is_host

ARRIVED = "it arrived"
_HELD = ("new", "variant", "edit", "position")
_ORDER = ("send", "digest", "wait", "withhold")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of ``todo.alert_to_deliver``: an alert, a channel, and how far it got there."""

    alert: AlertRaised
    channel: str
    state: str | None = None
    round: int = 1
    delivered_round: int = 0
    attempts: int = 0
    claimed_until: dt.datetime | None = None
    retry_from: dt.datetime | None = None
    message_id: str | None = None
    is_uncertain: bool = False
    delivered_at: dt.datetime | None = None
    is_acknowledged: bool = False
    origins: int = 1
    is_taken_back: bool = False
    is_of_this_channel: bool = True

    @property
    def may_have_arrived(self) -> bool:
        """Whether an earlier try of this round may have got through: a process died over it, or the answer was lost."""
        return self.state == "claimed" or self.is_uncertain


@dataclass(frozen=True, slots=True)
class Mute:
    """A row of ``mute`` that is in force."""

    field: str
    value: str
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """``send`` now, ``digest``: now with others, ``remind``: ask for a further round, ``wait``, or ``withhold`` for good."""

    act: str
    why: str
    until: dt.datetime | None = None


def decide(
    waiting: Waiting,
    subscriptions: Sequence[Subscription],
    mutes: Sequence[Mute],
    *,
    now: dt.datetime,
    hold_minutes: float | None = None,
) -> Decision:
    """What to do with an alert for a channel. ``hold_minutes`` stands for the holds of all subscriptions where it is given."""
    alert = waiting.alert
    if waiting.delivered_round >= waiting.round:
        return _reminder(waiting, subscriptions, now=now)
    if waiting.claimed_until is not None and waiting.claimed_until > now:
        return Decision("wait", "another process is sending it", waiting.claimed_until)
    if waiting.retry_from is not None and waiting.retry_from > now:
        return Decision("wait", "the channel refused it, and is left alone for a while", waiting.retry_from)
    if waiting.state in ("claimed", "failed", "asked"):
        return _again(waiting, subscriptions, now=now)
    if waiting.is_taken_back:
        return Decision("withhold", "taken back before it was sent: the ledger now takes its passage for another proposal")
    if not waiting.is_of_this_channel:
        return Decision("withhold", "this channel never got the alert that it corrects")
    for mute in mutes:
        if is_muted(alert, mute):
            return Decision("withhold", f"{mute.field} {mute.value} is muted by {mute.author}: {mute.reason}")
    wishes = [wish for wish in subscriptions if wants(wish, alert, waiting.channel)]
    if not wishes:
        return Decision("withhold", "no subscription wants it here")
    decisions = [_by(wish, waiting, now=now, hold_minutes=hold_minutes) for wish in wishes]
    return min(decisions, key=lambda d: (_ORDER.index(d.act), d.until or now))


def wants(wish: Subscription, alert: AlertRaised, channel: str) -> bool:
    """Whether a subscription is about this alert and channel at all."""
    return (
        alert.kind in wish.kinds
        and (not wish.channels or channel in wish.channels)
        and (not wish.parties or bool(set(wish.parties) & set(alert.parties)))
        and (not wish.mediators or bool(set(wish.mediators) & set(alert.mediators)))
        and (not wish.languages or (alert.language or "").split("-")[0] in wish.languages)
        and (not wish.outlets or is_host(alert.outlet, wish.outlets))
        and (alert.kind != "position" or (alert.to_stance or "").removeprefix("not ") in wish.stances)
    )


def is_muted(alert: AlertRaised, mute: Mute) -> bool:
    """Whether somebody wants no alerts about what this one is about."""
    about = {
        "proposal": (alert.proposal_id, alert.parent_id),
        "party": alert.parties,
        "kind": (alert.kind,),
        "outlet": (alert.outlet,),
        "feed": (alert.feed_id,),
    }
    return mute.value in about[mute.field]


def _by(wish: Subscription, waiting: Waiting, *, now: dt.datetime, hold_minutes: float | None) -> Decision:
    """What one subscription says of an alert that it wants."""
    alert, raised = waiting.alert, waiting.alert.raised_at
    if alert.kind in _HELD:
        if waiting.origins < wish.minimum_sources:
            last = raised + dt.timedelta(hours=wish.patience_hours)
            few = f"{waiting.origins} of {wish.minimum_sources} independent origins report it"
            return (
                Decision("withhold", f"{few}, after {wish.patience_hours:g} hours")
                if now >= last
                else Decision("wait", few, last)
            )
        release = raised + dt.timedelta(minutes=wish.hold_minutes if hold_minutes is None else hold_minutes)
        if now < release and waiting.origins < wish.hold_origins and not is_host(alert.outlet, wish.trusted):
            return Decision("wait", "held for a second look or a second origin", release)
    if wish.digest:
        due = wish.digest_after(raised)
        return Decision("digest", "the day's digest is due") if now >= due else Decision("wait", "for the day's digest", due)
    if (ends := wish.quiet_until(now)) is not None:
        return Decision("wait", "quiet hours", ends)
    return Decision("send", "due")


def _again(waiting: Waiting, subscriptions: Sequence[Subscription], *, now: dt.datetime) -> Decision:
    """What was begun or asked for is sent, also when the rules have changed meanwhile; but not in quiet hours."""
    ends = [wish.quiet_until(now) for wish in subscriptions if wants(wish, waiting.alert, waiting.channel)]
    quiet = [end for end in ends if end is not None]
    if quiet and len(quiet) == len(ends):
        return Decision("wait", "quiet hours", min(quiet))
    return Decision("send", "it was decided before")


def _reminder(waiting: Waiting, subscriptions: Sequence[Subscription], *, now: dt.datetime) -> Decision:
    """Whether an alert that arrived, and that nobody acknowledged, is to be sent once more."""
    if waiting.is_acknowledged or waiting.delivered_at is None:
        return Decision("wait", ARRIVED)
    hours = [
        wish.repeat_hours
        for wish in subscriptions
        if wish.repeat_hours and waiting.round <= wish.repeat_most and wants(wish, waiting.alert, waiting.channel)
    ]
    if not hours:
        return Decision("wait", ARRIVED)
    due = waiting.delivered_at + dt.timedelta(hours=min(hours))
    return (
        Decision("remind", "nobody acknowledged it") if now >= due else Decision("wait", f"{ARRIVED}; a reminder may follow", due)
    )


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out in one message: one alert, or several as a digest. ``message_id`` is the key that the receiver sees."""

    channel: str
    message_id: str
    items: tuple[Waiting, ...]
    is_digest: bool
