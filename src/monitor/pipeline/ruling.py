"""What people decide about the ledger, appended while no run is at work on it."""

from collections.abc import Callable, Sequence

from ..events import EventData, MentionDetected
from ..rulings import RuledLedger, Ruling, mentions_needed
from .shared import Pipeline, one_run_at_a_time

Decide = Callable[[RuledLedger, dict[str, MentionDetected], Ruling], list[EventData]]


def rule(pipeline: Pipeline, decide: Decide, by: Ruling, *, reading: Sequence[str] = ()) -> list[EventData]:
    """Let ``decide`` make events of the ledger as it stands, append and publish them.

    ``reading`` names the mentions that it needs as they were read. Raises RulingError where it cannot be decided so.
    """
    with one_run_at_a_time(pipeline.files), pipeline.warehouse() as live:
        ledger = live.read.ruled_ledger(pipeline.topic)
        detected = live.read.mentions_as_read(mentions_needed(ledger, reading))
        events = decide(ledger, detected, by)
        pipeline.append(live, pipeline.wrap(events))
        live.publish()
    return events
