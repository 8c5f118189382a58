"""Raise what is owed and deliver what has not arrived; the warehouse is closed while anything is sent.

Each message is claimed before it is sent and its outcome written down after: of two processes the one whose claim entered the
log sends it. Whoever dies in between leaves a claim that ends by itself; the next run then sends the same message again, with
the same key, marked as a repeat where the receiver cannot tell. So nothing is lost, and a death costs at most one copy.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..alerts import (
    Decision,
    Message,
    Parcel,
    Story,
    Waiting,
    compose,
    decide,
    digest_id,
    pack,
    raise_alert,
    raise_correction,
    raise_feed_alert,
    raise_position_alert,
    tell,
)
from ..alerts.syndication import atom_feed, json_feed
from ..events import (
    AlertDelivered,
    AlertDeliveryClaimed,
    AlertDeliveryFailed,
    AlertRaised,
    AlertResendAsked,
    AlertWithheld,
    ChannelClosed,
    ChannelOpened,
    Event,
    EventData,
    event_id_of,
)
from ..notify import Channel, FeedChannel, Refusal, channels, send
from ..warehouse import LiveWarehouse
from .shared import Pipeline

IN_FEED = 100  # the latest alerts that the feeds hold
_FIRST_PAUSE = dt.timedelta(minutes=1)
_LONGEST_PAUSE = dt.timedelta(hours=1)


async def alert(pipeline: Pipeline) -> None:
    """Raise what is owed and deliver what has not arrived."""
    wanted = channels(pipeline.settings.alerts, pipeline.settings.data)
    with pipeline.warehouse() as live:
        pipeline.append(live, [*_channels_changed(pipeline, live, wanted), *_owed(pipeline, live)])
    for channel in wanted:
        await _Delivery(pipeline, channel).run()
    for channel in wanted:
        if isinstance(channel, FeedChannel):
            write_feeds(pipeline, channel)


def write_feeds(pipeline: Pipeline, channel: FeedChannel) -> None:
    """Write the feeds of alerts from the warehouse, whole."""
    with pipeline.warehouse() as live:
        found = live.read.latest_alerts(pipeline.topic, channel.name, IN_FEED)
        stories = _stories(pipeline, live, found)
    topic = pipeline.profile.topic
    channel.write(
        atom_feed(stories, topic_id=topic.id, topic_name=topic.name), json_feed(stories, topic_id=topic.id, topic_name=topic.name)
    )


def _channels_changed(pipeline: Pipeline, live: LiveWarehouse, wanted: Sequence[Channel]) -> list[Event]:
    """The channels turned on or off since the last run; one that is turned on begins with what is raised from now on."""
    now, known = pipeline.clock(), live.read.open_channels(pipeline.topic)
    events: list[EventData] = [
        ChannelOpened(topic_id=pipeline.topic, channel=channel.name, is_idempotent=channel.is_idempotent, opened_at=now)
        for channel in wanted
        if known.get(channel.name) is None
    ]
    gone = sorted(set(known) - {channel.name for channel in wanted})
    events += [ChannelClosed(topic_id=pipeline.topic, channel=name, closed_at=now) for name in gone]
    return pipeline.wrap(events)


def _owed(pipeline: Pipeline, live: LiveWarehouse) -> list[Event]:
    """The alerts that are owed. New proposals and variants always; the others where a subscription wants their kind."""
    now, topic = pipeline.clock(), pipeline.topic
    horizon = dt.timedelta(hours=pipeline.settings.alerts.horizon_hours)
    kinds = {"new", "variant"}.union(*(wish.kinds for wish in pipeline.profile.subscription))
    found: list[tuple[AlertRaised, str | None]] = [
        (raise_alert(topic, row, at=now, horizon=horizon), cause)
        for row, cause in live.read.alerts_to_raise(topic)
        if row.kind in kinds
    ]
    if "position" in kinds:
        found += [
            (raise_position_alert(topic, row, at=now, horizon=horizon), cause)
            for row, cause in live.read.position_alerts_to_raise(topic)
        ]
    if "feed" in kinds:
        found += [(raise_feed_alert(topic, row, at=now, horizon=horizon), None) for row in live.read.feed_alerts_to_raise(topic)]
    if "correction" in kinds:
        found += [
            (raise_correction(topic, corrected, now_label, at=now), str(event_id_of(corrected)))
            for corrected, now_label in live.read.corrections_to_raise(topic)
        ]
    return [event for raised, cause in found for event in pipeline.wrap([raised], caused_by=cause)]


def _stories(pipeline: Pipeline, live: LiveWarehouse, alerts: Sequence[AlertRaised]) -> list[Story]:
    names = {party.id: party.name for party in pipeline.profile.party}
    standings = live.read.standings(alerts)
    return [tell(one, standings[one.alert_id], names) for one in alerts]


@dataclass(slots=True)
class _Delivery:
    """What goes to one channel in one run. ``unwritten`` are outcomes that the next opening of the warehouse writes down."""

    pipeline: Pipeline
    channel: Channel
    unwritten: tuple[Event, ...] = ()

    async def run(self) -> None:
        """Send what is due, one message after the other; stop where the channel is away."""
        for parcel in self._parcels():
            message = self._claim(parcel)
            if message is None:
                continue
            parcel, told = message
            settings = self.pipeline.settings.alerts
            refusal = await send(self.channel, told, tries=settings.tries, pause_seconds=settings.pause_seconds)
            self._note(parcel, refusal)
            if refusal is not None and refusal.is_transient:
                break
        self._write()

    def _parcels(self) -> list[Parcel]:
        """What is due now; withheld alerts and reminders are written down on the way."""
        with self.pipeline.warehouse() as live:
            decided = self._decide(live)
            events = [event for waiting, decision in decided for event in self._settled(waiting, decision)]
            if events:
                self.pipeline.append(live, self.pipeline.wrap(events))
                decided = self._decide(live)
        due = [(waiting, decision) for waiting, decision in decided if decision.act in ("send", "digest")]
        most = len(due) if self.channel.is_record else self.pipeline.settings.alerts.at_most
        if self.channel.is_record:
            due = [(waiting, Decision("send", decision.why)) for waiting, decision in due]
            due = [(replace(waiting, state="asked" if waiting.state == "failed" else waiting.state), d) for waiting, d in due]
        return pack(self.channel.name, due, most=most)

    def _decide(self, live: LiveWarehouse) -> list[tuple[Waiting, Decision]]:
        subscriptions, now = self.pipeline.profile.subscription, self.pipeline.clock()
        with_reminders = any(wish.repeat_hours for wish in subscriptions)
        waiting = live.read.alerts_to_deliver(self.pipeline.topic, with_reminders=with_reminders)
        mutes = live.read.mutes(self.pipeline.topic, now)
        hold = self.pipeline.settings.alerts.hold_minutes
        mine = [one for one in waiting if one.channel == self.channel.name]
        return [(one, decide(one, subscriptions, mutes, now=now, hold_minutes=hold)) for one in mine]

    def _settled(self, waiting: Waiting, decision: Decision) -> list[EventData]:
        now, alert_id = self.pipeline.clock(), waiting.alert.alert_id
        if decision.act == "withhold":
            return [AlertWithheld(alert_id=alert_id, channel=waiting.channel, why=decision.why, withheld_at=now)]
        if decision.act == "remind":
            return [
                AlertResendAsked(
                    alert_id=alert_id,
                    channel=waiting.channel,
                    round=waiting.round + 1,
                    author="rule",
                    reason=decision.why,
                    asked_at=now,
                )
            ]
        return []

    def _claim(self, parcel: Parcel) -> tuple[Parcel, Message] | None:
        """Claim what a parcel holds and put it into words; None where another process was faster."""
        now = self.pipeline.clock()
        until = now + dt.timedelta(seconds=self.pipeline.settings.alerts.claim_seconds)
        claims = [
            AlertDeliveryClaimed(
                alert_id=item.alert.alert_id,
                channel=parcel.channel,
                attempt=item.attempts + 1,
                round=item.round,
                message_id=parcel.message_id,
                is_repeat=item.may_have_arrived and not self.channel.is_idempotent,
                until=until,
                claimed_at=now,
            )
            for item in parcel.items
        ]
        pairs = zip(parcel.items, claims, strict=True)
        events = [event for item, claim in pairs for event in self.pipeline.wrap([claim], caused_by=event_id_of(item.alert))]
        with self.pipeline.warehouse() as live:
            appended = self.pipeline.append(live, [*self.unwritten, *events])
            self.unwritten = ()
            won = [item for item, claim in zip(parcel.items, claims, strict=True) if event_id_of(claim) in appended.new]
            if not won:
                return None
            if len(won) < len(parcel.items):
                parcel = replace(parcel, items=tuple(won), message_id=digest_id(parcel.channel, won))
            stories = _stories(self.pipeline, live, [item.alert for item in won])
        repeats = frozenset(claim.alert_id for claim in claims if claim.is_repeat)
        is_again = not parcel.is_digest and parcel.items[0].round > 1
        told = compose(stories, message_id=parcel.message_id, repeats=repeats, is_again=is_again, is_digest=parcel.is_digest)
        return parcel, told

    def _note(self, parcel: Parcel, refusal: Refusal | None) -> None:
        """Keep the outcome for each alert of a parcel; it is written with the next claim, or at the end."""
        for item in parcel.items:
            outcome = self._outcome(item, parcel, refusal)
            self.unwritten += tuple(self.pipeline.wrap([outcome], caused_by=event_id_of(item.alert)))

    def _outcome(self, item: Waiting, parcel: Parcel, refusal: Refusal | None) -> EventData:
        now, attempt = self.pipeline.clock(), item.attempts + 1
        if refusal is None:
            return AlertDelivered(
                alert_id=item.alert.alert_id,
                channel=parcel.channel,
                attempt=attempt,
                delivered_at=now,
                round=item.round,
                message_id=parcel.message_id,
                is_repeat=item.may_have_arrived and not self.channel.is_idempotent,
            )
        pause = min(_FIRST_PAUSE * 2 ** min(attempt - 1, 16), _LONGEST_PAUSE)
        return AlertDeliveryFailed(
            alert_id=item.alert.alert_id,
            channel=parcel.channel,
            attempt=attempt,
            reason=refusal.reason,
            failed_at=now,
            is_uncertain=refusal.is_uncertain or item.may_have_arrived,
            retry_from=now + pause,
        )

    def _write(self) -> None:
        if self.unwritten:
            with self.pipeline.warehouse() as live:
                self.pipeline.append(live, self.unwritten)
            self.unwritten = ()
