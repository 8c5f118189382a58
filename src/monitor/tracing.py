"""The way of one article as a trace: spans made from the event log, long after the fact. The only door to opentelemetry.

Nothing is measured while a run is at work: each event says when it happened and what caused it, so the trace of any article
can be made at any time, also of last year's. Its ids come from those of the article and the events, so sending it twice gives
one trace. A span reaches from the moment of its cause to that of the event: waiting for a turn is part of it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.sdk.trace.id_generator import IdGenerator

_LONGEST = 120  # characters of a value that is worth showing
_BOOKKEEPING = ("_id", "_at", "sha256", "_event", "_key", "etag")
Value = str | bool | int | float


@dataclass(frozen=True, slots=True)
class Step:
    """One span: an event, from the moment of its cause on. ``cause`` is another step's ``event_id``, or None for the root."""

    event_id: str
    name: str
    start: dt.datetime
    end: dt.datetime
    cause: str | None = None
    says: Mapping[str, Value] = field(default_factory=dict)


def steps_of(rows: Iterable[Mapping[str, Any]]) -> list[Step]:
    """The steps of an article's way from its events in the order of the log (``warehouse/page/trace.sql``).

    Where the cause is not on the way itself, it is the event before. Where a clock went back, a step has no length.
    """
    steps: dict[str, Step] = {}
    last: Step | None = None
    for row in rows:
        at = row["occurred_at"].replace(tzinfo=dt.UTC)
        cause = steps.get(row["caused_by"] or "") or last
        start = min(cause.end, at) if cause else at
        step = Step(row["event_id"], row["type"], start, at, cause.event_id if cause else None, _says(row))
        steps[step.event_id] = last = step
    return list(steps.values())


def _says(row: Mapping[str, Any]) -> dict[str, Value]:
    """Short values of an event that a person would want to see; ids, hashes and moments are in the log."""
    data = json.loads(row["data"])
    return {
        key: value
        for key, value in data.items()
        if isinstance(value, (str, bool, int, float))
        and value != ""
        and not key.endswith(_BOOKKEEPING)
        and not (isinstance(value, str) and len(value) > _LONGEST)
    }


def export_steps(article_id: str, steps: Sequence[Step], exporter: "SpanExporter") -> int:
    """Send the steps as one trace and give the number of spans; its root is the whole way.

    Raises SettingsError when it is refused.
    """
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    from opentelemetry.trace import set_span_in_context

    if not steps:
        return 0
    made = InMemorySpanExporter()  # sent in one request, and what came of it is known
    provider = TracerProvider(
        sampler=ALWAYS_ON,
        resource=Resource({"service.name": "ceasefire-monitor"}),
        id_generator=_ids(article_id, [step.event_id for step in steps]),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(SimpleSpanProcessor(made))
    tracer = provider.get_tracer("monitor.tracing")
    root = tracer.start_span("article", start_time=_nanoseconds(steps[0].start), attributes={"article_id": article_id})
    contexts: dict[str | None, Context] = {None: set_span_in_context(root)}
    for step in steps:
        span = tracer.start_span(
            step.name,
            contexts[step.cause],
            start_time=_nanoseconds(step.start),
            attributes={**step.says, "event_id": step.event_id},
        )
        contexts[step.event_id] = set_span_in_context(span)
        span.end(_nanoseconds(step.end))
    root.end(_nanoseconds(max(step.end for step in steps)))
    spans = made.get_finished_spans()
    result = exporter.export(spans)
    exporter.shutdown()
    if result is not SpanExportResult.SUCCESS:
        raise SettingsError(
            "the collector did not take the trace", subject="--otlp", way_out="Is it there, and does it take OTLP over HTTP?"
        )
    return len(spans)


def otlp(endpoint: str) -> "SpanExporter":
    """An exporter to a collector, OTLP over HTTP; ``endpoint`` such as http://127.0.0.1:4318/v1/traces."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=endpoint, timeout=5)


def _ids(article_id: str, events: Sequence[str]) -> "IdGenerator":
    """Ids of the trace and its spans, by hash: the root's first, then those of the events in their order."""
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    spans = iter([_number(f"root {article_id}", 8), *(_number(event, 8) for event in events)])

    class Ids(IdGenerator):
        def generate_trace_id(self) -> int:
            return _number(article_id, 16)

        def generate_span_id(self) -> int:
            return next(spans)

    return Ids()


def _number(name: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:size]) or 1  # nought means "none"


def _nanoseconds(moment: dt.datetime) -> int:
    return int((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1)) * 1000
