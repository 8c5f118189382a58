"""Alerts, the way of each to each channel, and what people say to them."""

from typing import ClassVar, Literal

from .base import EventData, Moment
from .ledger import Reading, ScoreRow

AlertKind = Literal["new", "variant", "edit", "position", "feed", "correction"]
MuteField = Literal["proposal", "party", "kind", "outlet", "feed"]


class AlertRaised(EventData):
    """Somebody is owed a message. The id rests on topic, kind and proposal only: never on an address, title or date.

    For a position the id also holds party and stance, for a feed what happened to it and since when. ``withheld`` says why
    the alert is recorded and not sent; empty where it is sent.
    """

    wire: ClassVar = "alert.raised"
    version: ClassVar = 4
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id",)
    alert_id: str
    kind: AlertKind
    proposal_id: str | None
    parent_id: str | None
    mention_id: str | None
    article_id: str | None
    is_edit: bool
    label: str
    said_by: str
    outlet: str
    title: str
    url: str
    quote: str
    readings: tuple[Reading, ...]
    nearest_label: str | None
    nearest_why: tuple[ScoreRow, ...]
    raised_at: Moment
    withheld: str | None = None
    language: str | None = None
    parties: tuple[str, ...] = ()  # ids: the proposers, or the party whose position changed
    mediators: tuple[str, ...] = ()
    from_stance: str | None = None  # of a position: before, and now; "not …" for a negated one
    to_stance: str | None = None
    feed_id: str | None = None
    feed_event: Literal["silent", "gap"] | None = None
    since: Moment | None = None  # of a feed: its last sign of life, or when the gap was found
    corrects: str | None = None  # of a correction: the alert that it takes back
    now_label: str | None = None  # and the proposal that is meant now; nothing where none is
    now_proposal_id: str | None = None
    parent_label: str | None = None  # of a variant: what it varies, which need not be the nearest


class AlertDeliveryClaimed(EventData):
    """A process is about to send the alert; no other one sends it before ``until``. The first claim of an attempt counts.

    ``is_repeat`` is true where an earlier try may have arrived. ``message_id`` is the key that the channel sends with it:
    that of the alert, or of the digest that it goes out in.
    """

    wire: ClassVar = "alert.delivery_claimed"
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id", "channel", "attempt")
    alert_id: str
    channel: str
    attempt: int
    round: int
    message_id: str
    is_repeat: bool
    until: Moment
    claimed_at: Moment


class AlertDelivered(EventData):
    """A channel took the alert. ``round`` counts what was asked for: 1, and one more for each reminder or request."""

    wire: ClassVar = "alert.delivered"
    version: ClassVar = 2
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id", "channel")
    alert_id: str
    channel: str
    attempt: int
    delivered_at: Moment
    round: int = 1
    message_id: str | None = None
    is_repeat: bool = False

    @property
    def natural_key(self) -> tuple[str, ...]:
        """Alert and channel, and the round where it is not the first: each alert is delivered once a round."""
        return (self.alert_id, self.channel, *([str(self.round)] if self.round > 1 else []))


class AlertDeliveryFailed(EventData):
    """A channel refused the alert, or nobody knows whether it took it (``is_uncertain``). Tried again from ``retry_from`` on."""

    wire: ClassVar = "alert.delivery_failed"
    version: ClassVar = 2
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id", "channel", "attempt")
    alert_id: str
    channel: str
    attempt: int
    reason: str
    failed_at: Moment
    is_uncertain: bool = False
    retry_from: Moment | None = None


class AlertWithheld(EventData):
    """The alert will not go to this channel: no subscription wants it, it is muted, or too few report it."""

    wire: ClassVar = "alert.withheld"
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id", "channel")
    alert_id: str
    channel: str
    why: str
    withheld_at: Moment


class AlertResendAsked(EventData):
    """The alert is to go to a channel once more: a person asked for it, or a rule (``author`` is then "rule")."""

    wire: ClassVar = "alert.resend_asked"
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id", "channel", "round")
    alert_id: str
    channel: str
    round: int
    author: str
    reason: str
    asked_at: Moment


class AlertAcknowledged(EventData):
    """A person has seen the alert: it is not repeated any more."""

    wire: ClassVar = "alert.acknowledged"
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id",)
    alert_id: str
    author: str
    reason: str
    acknowledged_at: Moment


class AlertJudged(EventData):
    """A person says whether the alert was right to be raised; of each person the last word counts."""

    wire: ClassVar = "alert.judged"
    subject: ClassVar = "alert_id"
    key: ClassVar[tuple[str, ...]] = ("alert_id", "author", "judged_at")
    alert_id: str
    is_right: bool
    author: str
    reason: str
    judged_at: Moment


class AlertMuted(EventData):
    """A person wants no alerts about something, until a moment or for good; ``is_off`` takes that back."""

    wire: ClassVar = "alert.muted"
    subject: ClassVar = "value"
    key: ClassVar[tuple[str, ...]] = ("topic_id", "field", "value", "muted_at")
    topic_id: str
    field: MuteField
    value: str
    until: Moment | None
    is_off: bool
    author: str
    reason: str
    muted_at: Moment


class ChannelOpened(EventData):
    """A channel was turned on in the settings: it gets what is raised from now on, and nothing from before."""

    wire: ClassVar = "channel.opened"
    subject: ClassVar = "channel"
    key: ClassVar[tuple[str, ...]] = ("topic_id", "channel", "opened_at")
    topic_id: str
    channel: str
    is_idempotent: bool  # can its receiver tell a repeat by its key?
    opened_at: Moment


class ChannelClosed(EventData):
    """A channel is no longer in the settings."""

    wire: ClassVar = "channel.closed"
    subject: ClassVar = "channel"
    key: ClassVar[tuple[str, ...]] = ("topic_id", "channel", "closed_at")
    topic_id: str
    channel: str
    closed_at: Moment
