"""Raise what is owed and deliver what has not arrived; the warehouse is closed while anything is sent.

Each message is claimed before it is sent and its outcome written down after: of two processes the one whose claim entered the
log sends it. Whoever dies in between leaves a claim that ends by itself; the next run then sends the same message again, with
the same key, marked as a repeat where the receiver cannot tell. So nothing is lost, and a death costs at most one copy.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
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
from ..alerts.syndication import atom_feed, entry_id, json_feed
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
from ..notify import FEED, Channel, FeedChannel, Refusal, channels, send
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
        parcels = _plan(pipeline, live, wanted)
        due = {item.alert.alert_id: item.alert for ours in parcels.values() for parcel in ours for item in parcel.items}
        delivery = _Delivery(pipeline, _stories(pipeline, live, list(due.values())))
        in_feed = [one.alert_id for one in live.read.latest_alerts(pipeline.topic, FEED, IN_FEED)]
    for channel in wanted:
        await delivery.run(channel, parcels[channel.name])
    delivery.write()
    for channel in wanted:
        if isinstance(channel, FeedChannel) and (parcels[channel.name] or not channel.holds(map(entry_id, in_feed))):
            write_feeds(pipeline, channel)


def write_feeds(pipeline: Pipeline, channel: FeedChannel) -> None:
    """Write the feeds of alerts from the warehouse, whole."""
    with pipeline.warehouse() as live:
        found = live.read.latest_alerts(pipeline.topic, channel.name, IN_FEED)
        stories = list(_stories(pipeline, live, found).values())
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
            (raise_correction(topic, owed, at=now), str(event_id_of(owed.alert)))
            for owed in live.read.corrections_to_raise(topic)
        ]
    return [event for raised, cause in found for event in pipeline.wrap([raised], caused_by=cause)]


def _plan(pipeline: Pipeline, live: LiveWarehouse, wanted: Sequence[Channel]) -> dict[str, list[Parcel]]:
    """What each channel is to get now; withheld alerts and reminders are written down on the way."""
    with_reminders = any(wish.repeat_hours for wish in pipeline.profile.subscription)
    decided = decisions(pipeline, live, with_reminders=with_reminders)
    settled = [event for waiting, decision in decided for event in _settled(waiting, decision, at=pipeline.clock())]
    if settled:
        pipeline.append(live, pipeline.wrap(settled))
        decided = decisions(pipeline, live, with_reminders=with_reminders)
    parcels = {}
    for channel in wanted:
        due = [one for one in decided if one[0].channel == channel.name and one[1].act in ("send", "digest")]
        if channel.is_record:  # it tells alerts apart by their own ids, however they come
            items = tuple(waiting for waiting, _ in due)
            parcels[channel.name] = [Parcel(channel.name, digest_id(channel.name, items), items, is_digest=True)] if items else []
        else:
            parcels[channel.name] = pack(channel.name, due, most=pipeline.settings.alerts.at_most)
    return parcels


def decisions(pipeline: Pipeline, live: LiveWarehouse, *, with_reminders: bool) -> list[tuple[Waiting, Decision]]:
    """What the rules say now of every alert and channel that it has not reached; of those that arrived too, if asked."""
    subscriptions, now = pipeline.profile.subscription, pipeline.clock()
    waiting = live.read.alerts_to_deliver(pipeline.topic, with_reminders=with_reminders)
    mutes = live.read.mutes(pipeline.topic, now)
    hold = pipeline.settings.alerts.hold_minutes
    return [(one, decide(one, subscriptions, mutes, now=now, hold_minutes=hold)) for one in waiting]


def _settled(waiting: Waiting, decision: Decision, *, at: dt.datetime) -> list[EventData]:
    """What is written down of a decision that sends nothing."""
    alert_id, channel = waiting.alert.alert_id, waiting.channel
    if decision.act == "withhold":
        return [AlertWithheld(alert_id=alert_id, channel=channel, why=decision.why, withheld_at=at)]
    if decision.act != "remind":
        return []
    again = waiting.round + 1
    return [AlertResendAsked(alert_id=alert_id, channel=channel, round=again, author="rule", reason=decision.why, asked_at=at)]


def _stories(pipeline: Pipeline, live: LiveWarehouse, alerts: Sequence[AlertRaised]) -> dict[str, Story]:
    """Alert id → its story, in the order given."""
    if not alerts:
        return {}
    standings = live.read.standings(alerts)
    return {one.alert_id: tell(one, standings[one.alert_id], pipeline.profile.party_names) for one in alerts}


@dataclass(slots=True)
class _Delivery:
    """What goes out in one run. ``unwritten`` are outcomes that the next opening of the warehouse writes down, right after."""

    pipeline: Pipeline
    stories: Mapping[str, Story]
    unwritten: tuple[Event, ...] = ()

    async def run(self, channel: Channel, parcels: Sequence[Parcel]) -> None:
        """Send what is due to a channel, one message after the other; stop where it is away."""
        settings = self.pipeline.settings.alerts
        for due in parcels:
            claimed = self._claim(channel, due)
            if claimed is None:
                continue
            parcel, message = claimed
            self.pipeline.release()
            refusal = await send(channel, message, tries=settings.tries, pause_seconds=settings.pause_seconds)
            self._note(channel, parcel, refusal)
            if refusal is not None and refusal.is_transient:
                break

    def write(self) -> None:
        """Write down the outcomes that are left."""
        if self.unwritten:
            with self.pipeline.warehouse() as live:
                self.pipeline.append(live, self.unwritten)
            self.unwritten = ()

    def _claim(self, channel: Channel, parcel: Parcel) -> tuple[Parcel, Message] | None:
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
                is_repeat=item.may_have_arrived and not channel.is_idempotent,
                until=until,
                claimed_at=now,
            )
            for item in parcel.items
        ]
        pairs = list(zip(parcel.items, claims, strict=True))
        events = [event for item, claim in pairs for event in self.pipeline.wrap([claim], caused_by=event_id_of(item.alert))]
        with self.pipeline.warehouse() as live:
            appended = self.pipeline.append(live, [*self.unwritten, *events])
            self.unwritten = ()
        won = tuple(item for item, claim in pairs if event_id_of(claim) in appended.new)
        if not won:
            return None
        if len(won) < len(parcel.items):
            parcel = replace(parcel, items=won, message_id=digest_id(parcel.channel, won))
        message = compose(
            [self.stories[item.alert.alert_id] for item in won],
            message_id=parcel.message_id,
            repeats=frozenset(claim.alert_id for claim in claims if claim.is_repeat),
            is_again=not parcel.is_digest and parcel.items[0].round > 1,
            is_digest=parcel.is_digest,
        )
        return parcel, message

    def _note(self, channel: Channel, parcel: Parcel, refusal: Refusal | None) -> None:
        """Keep the outcome for each alert of a parcel."""
        for item in parcel.items:
            outcome = _outcome(item, channel, parcel, refusal, at=self.pipeline.clock())
            self.unwritten += tuple(self.pipeline.wrap([outcome], caused_by=event_id_of(item.alert)))


def _outcome(item: Waiting, channel: Channel, parcel: Parcel, refusal: Refusal | None, *, at: dt.datetime) -> EventData:
    """What became of one alert of a parcel. The pause after a refusal doubles from a minute to an hour."""
    attempt = item.attempts + 1
    if refusal is None:
        return AlertDelivered(
            alert_id=item.alert.alert_id,
            channel=parcel.channel,
            attempt=attempt,
            delivered_at=at,
            round=item.round,
            message_id=parcel.message_id,
            is_repeat=item.may_have_arrived and not channel.is_idempotent,
        )
    return AlertDeliveryFailed(
        alert_id=item.alert.alert_id,
        channel=parcel.channel,
        attempt=attempt,
        reason=refusal.reason,
        failed_at=at,
        is_uncertain=refusal.is_uncertain or item.may_have_arrived,
        retry_from=at + min(_FIRST_PAUSE * 2 ** min(attempt - 1, 16), _LONGEST_PAUSE),
    )
