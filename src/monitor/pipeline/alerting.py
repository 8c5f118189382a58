"""Raise what is owed and deliver what has not arrived; the warehouse is closed while anything is sent."""

from ..alerts import raise_alert
from ..events import AlertDelivered, AlertDeliveryFailed, event_id_of
from ..notify import channels
from .shared import Pipeline


async def alert(pipeline: Pipeline) -> None:
    """Raise what is owed and deliver what has not arrived."""
    with pipeline.warehouse() as live:
        owed = live.read.alerts_to_raise(pipeline.topic)
        events = [
            event
            for row, cause in owed
            for event in pipeline.wrap([raise_alert(pipeline.topic, row, at=pipeline.clock())], caused_by=cause)
        ]
        pipeline.append(live, events)
        waiting = live.read.alerts_to_deliver(pipeline.topic)
    for raised, delivered, tries in waiting:
        for channel in channels(pipeline.settings.alerts, pipeline.settings.data):
            if channel.name in delivered:
                continue
            attempt = tries.get(channel.name, 0) + 1
            reason = await channel.send(raised)
            now = pipeline.clock()
            outcome = (
                AlertDelivered(alert_id=raised.alert_id, channel=channel.name, attempt=attempt, delivered_at=now)
                if reason is None
                else AlertDeliveryFailed(
                    alert_id=raised.alert_id, channel=channel.name, attempt=attempt, reason=reason, failed_at=now
                )
            )
            with pipeline.warehouse() as live:
                pipeline.append(live, pipeline.wrap([outcome], caused_by=event_id_of(raised)))
