"""Reading the warehouse for alerts: what is owed, what waits for a channel, and what their texts say besides."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from ..alerts import AlertToRaise, CorrectionToRaise, FeedAlertToRaise, Mute, PositionAlertToRaise, Standing, Waiting
from ..alerts.story import Passage, Position, Stated
from ..events import AlertRaised, Reading, ScoreRow, read_event


class AlertLists:
    """Typed reads over one open connection. Moments come back as aware UTC datetimes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def _rows(self, statement: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        result = self._connection.execute(statement, parameters)
        names = [column[0] for column in result.description or []]
        return [{name: value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else value
                 for name, value in zip(names, row, strict=True)} for row in result.fetchall()]

    def alerts_to_raise(self, topic: str) -> list[tuple[AlertToRaise, str]]:
        """Alerts owed on proposals, with the id of the event that caused each."""
        owed = []
        for row in self._rows("SELECT * EXCLUDE (topic, nearest_id, detected_at) FROM todo.alert_to_raise WHERE topic = ?", [topic]):
            cause = row.pop("cause")
            row["readings"] = tuple(Reading.model_validate(item) for item in json.loads(row["readings"] or "[]"))
            row["nearest_rows"] = tuple(ScoreRow.model_validate(item) for item in json.loads(row["nearest_rows"] or "[]"))
            owed.append((AlertToRaise(**row | {"proposers": tuple(row["proposers"] or ()), "mediators": tuple(row["mediators"] or ())}), cause))
        return owed

    def position_alerts_to_raise(self, topic: str) -> list[tuple[PositionAlertToRaise, str]]:
        """Changed positions that no alert tells of, with the id of the event that caused each."""
        rows = self._rows("SELECT * EXCLUDE (topic, kind) FROM todo.position_alert_to_raise WHERE topic = ?", [topic])
        return [(PositionAlertToRaise(**row | {"mediators": tuple(row["mediators"] or ())}), cause) for row in rows for cause in [row.pop("cause")]]

    def feed_alerts_to_raise(self, topic: str) -> list[FeedAlertToRaise]:
        """Silences and gaps of feeds that no alert tells of."""
        return [FeedAlertToRaise(**row) for row in self._rows("SELECT * EXCLUDE (topic) FROM todo.feed_alert_to_raise WHERE topic = ?", [topic])]

    def corrections_to_raise(self, topic: str) -> list[CorrectionToRaise]:
        """Sent alerts of which something else is known now than what was told last."""
        rows = self._rows("SELECT alert, now_proposal_id, now_label, corrections FROM todo.correction_to_raise WHERE topic = ?", [topic])
        return [CorrectionToRaise(**row | {"alert": _alert(row["alert"])}) for row in rows]

    def alerts_to_deliver(self, topic: str, *, with_reminders: bool = False) -> list[Waiting]:
        """Alerts with a channel that they have not reached; those that arrived too, where somebody wants reminders."""
        rows = self._rows("""SELECT * EXCLUDE (alert_id, topic, raised_at) FROM todo.alert_to_deliver
            WHERE topic = ? AND (delivered_round < round OR ?) ORDER BY raised_at, alert_id, channel""", [topic, with_reminders])
        return [Waiting(**row | {"alert": _alert(row["alert"])}) for row in rows]

    def mutes(self, topic: str, now: dt.datetime) -> list[Mute]:
        """What people want no alerts about at ``now``."""
        rows = self._rows("SELECT field, value, author, reason FROM mute WHERE topic = ? AND NOT is_off AND (until IS NULL OR until > ?::TIMESTAMP) ORDER BY ALL",
                          [topic, now.astimezone(dt.UTC).replace(tzinfo=None)])
        return [Mute(**row) for row in rows]

    def open_channels(self, topic: str) -> dict[str, bool]:
        """The channels that are on, and whether their receivers can tell a repeat."""
        return {row["channel"]: row["is_idempotent"] for row in self._rows("SELECT channel, is_idempotent FROM channel WHERE topic = ? AND closed_at IS NULL", [topic])}

    def latest_alerts(self, topic: str, channel: str, most: int) -> list[AlertRaised]:
        """The latest alerts that a channel took, newest first."""
        return [_alert(row["alert"]) for row in self._rows("""SELECT alert FROM alert SEMI JOIN (FROM delivery WHERE channel = ? AND is_delivered) USING (alert_id)
            WHERE topic = ? ORDER BY raised_at DESC, alert_id LIMIT ?""", [channel, topic, most])]

    def standings(self, alerts: Iterable[AlertRaised]) -> dict[str, Standing]:
        """Alert id → what the warehouse knows of its proposal now, and where its passage lies in the archive."""
        found = list(alerts)
        proposals = sorted({alert.proposal_id for alert in found if alert.proposal_id})
        asked = json.dumps(proposals)
        texts = {row["proposal_id"]: row["independent_texts"] for row in self._rows("""SELECT proposal_id, independent_texts FROM report.proposal_ledger
            WHERE proposal_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]')))""", [asked])}
        stated: dict[str, list[Stated]] = {}
        for row in self._rows("""SELECT proposal_id, term, low, high, list_sort(list(DISTINCT coalesce(outlet, asserted_by))) AS sources FROM report.proposal_reading
                WHERE proposal_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]'))) GROUP BY ALL ORDER BY ALL""", [asked]):
            stated.setdefault(row.pop("proposal_id"), []).append(Stated(**row | {"sources": tuple(row["sources"])}))
        positions: dict[str, list[Position]] = {}
        for row in self._rows("""SELECT proposal_id, party, CASE WHEN is_negated THEN 'not ' ELSE '' END || act AS stance, said_by, outlet FROM position
                WHERE act <> 'proposed' AND proposal_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]'))) ORDER BY party, last_claimed, stance, said_by, outlet""", [asked]):
            positions.setdefault(row.pop("proposal_id"), []).append(Position(**row))
        passages = {row.pop("alert_id"): Passage(**row) for row in self._rows("""SELECT alert_id, archive_file AS file, archive_offset AS "offset" FROM report.alert_evidence
            WHERE archive_file IS NOT NULL AND alert_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]')))""", [json.dumps([alert.alert_id for alert in found])])}
        return {alert.alert_id: Standing(
            independent_texts=texts.get(alert.proposal_id or "", 0), stated=tuple(stated.get(alert.proposal_id or "", ())),
            positions=tuple(positions.get(alert.proposal_id or "", ())), passage=passages.get(alert.alert_id)) for alert in found}


def _alert(data: str) -> AlertRaised:
    """An alert of any version: version 2 only has more fields, with defaults."""
    event = read_event(AlertRaised.wire, AlertRaised.version, data)
    if not isinstance(event, AlertRaised):
        raise TypeError(event)
    return event
