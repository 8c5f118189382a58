"""Reading the warehouse for what people decide: the ledger with the rulings on it, and mentions as they were read."""

import json
from collections.abc import Iterable

from ..events import MentionDetected, ModelAnswered, read_event
from ..rulings import RuledLedger, RuledMention, RuledProposal
from .alert_rows import AlertLists


class RulingLists(AlertLists):
    """Typed reads over one open connection."""

    def ruled_ledger(self, topic: str) -> RuledLedger:
        """The ledger of a topic: its proposals, and its mentions with the last ruling on each."""
        proposals = self._rows("""SELECT proposal_id, label, opened_label, mention_id, merged_into, is_dismissed, confirmed_by,
                (SELECT arg_max(ruling_id, ruling.position) FROM ruling WHERE ruling.act = 'merged' AND ruling.proposal_id = proposal.proposal_id) AS merged_by
            FROM proposal WHERE topic = ? ORDER BY opened_at, proposal_id""", [topic])
        mentions = self._rows("""WITH said AS (
                SELECT mention_id, arg_max({ruling_id: ruling_id, from_outcome: from_outcome, from_proposal_id: other_id}, position) AS last
                FROM ruling WHERE topic = ? AND act = 'assigned' GROUP BY mention_id)
            SELECT mention.mention_id, article_id, outcome, proposal_id, last.ruling_id, last.from_outcome, last.from_proposal_id
            FROM mention LEFT JOIN said ON said.mention_id = mention.mention_id WHERE topic = ? ORDER BY mention.position""", [topic, topic])
        return RuledLedger({row["proposal_id"]: RuledProposal(**row) for row in proposals}, {row["mention_id"]: RuledMention(**row) for row in mentions})

    def open_mentions(self, topic: str, limit: int) -> list[tuple[MentionDetected, str]]:
        """Mentions that the ledger left open, latest first, with their texts."""
        rows = self._rows("""SELECT event.version, event.data, body.text FROM mention JOIN log.event ON event.event_id = mention.detected_event::UUID
            JOIN log.body ON body.key = substr(mention.body_sha256, 1, 32)::UUID
            WHERE mention.topic = ? AND mention.outcome = 'possible' ORDER BY mention.reported_at DESC, mention.mention_id LIMIT ?""", [topic, limit])
        found = [(read_event(MentionDetected.wire, row["version"], row["data"]), row["text"]) for row in rows]
        return [(one, text) for one, text in found if isinstance(one, MentionDetected)]

    def model_answers(self, model: str, questions: Iterable[str]) -> dict[tuple[str, str], ModelAnswered]:
        """(SHA-256 of the question, of the text) → what the model answered."""
        rows = self._rows("""SELECT event.version, event.data FROM log.event WHERE type = 'model.answered' AND (data ->> '$.model') = ?
            AND (data ->> '$.prompt_sha256') IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]')))""", [model, json.dumps(sorted(set(questions)))])
        found = [read_event(ModelAnswered.wire, row["version"], row["data"]) for row in rows]
        return {(one.prompt_sha256, one.body_sha256): one for one in found if isinstance(one, ModelAnswered)}

    def mentions_as_read(self, mentions: Iterable[str]) -> dict[str, MentionDetected]:
        """Mentions by their ids, as the rules read them."""
        rows = self._rows("""SELECT event.version, event.data FROM mention JOIN log.event ON event.event_id = mention.detected_event::UUID
            WHERE mention_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]')))""", [json.dumps(sorted(set(mentions)))])
        found = [read_event(MentionDetected.wire, row["version"], row["data"]) for row in rows]
        return {one.mention_id: one for one in found if isinstance(one, MentionDetected)}
