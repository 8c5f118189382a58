"""What each page shows: parameters to rows, the same for HTML and for JSON. Nothing in here knows of requests."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..warehouse.shown import Row, ShownCopy
from .passages import Change, changes

Page = dict[str, Any]
_RECENT = dt.timedelta(days=30)  # a proposal of which nobody has spoken for longer is not on the table
_CLOSED = ("lapsed", "adopted", "agreed", "rejected", "withdrawn")


class NoSuchPageError(Exception):
    """There is no proposal or article of that id."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages over one published copy."""

    copy: ShownCopy

    def now(self) -> Page:
        """What is on the table: proposals with terms and positions, what changed in the last day, how far we could listen."""
        coverage = next(iter(self.copy.rows("coverage")), None)
        moment = coverage["last_polled_at"] if coverage else None
        terms, positions = self._by_proposal("terms"), self._by_proposal("positions")
        cards = [
            proposal | {"terms": terms[proposal["proposal_id"]], "positions": positions[proposal["proposal_id"]]}
            for proposal in self.copy.rows("proposals")
        ]
        on_table = [card for card in cards if _is_on_table(card, moment)]
        return {
            "moment": moment,
            "coverage": coverage,
            "warning": _warning(coverage),
            "proposals": on_table,
            "others": [card for card in cards if card not in on_table],
            "changes": self.copy.rows("changes"),
            "alerts": self.copy.rows("alerts")[:5],
        }

    def proposal(self, proposal_id: str) -> Page:
        """One proposal: every attributed reading of its terms, who is said to stand where, and the texts that speak of it."""
        found = self.copy.rows("proposal", proposal=proposal_id)
        if not found:
            raise NoSuchPageError(proposal_id)
        names = ("terms", "readings", "positions", "variants", "mentions", "reports_daily")
        timeline = [row for row in self.copy.rows("timeline") if row["proposal_id"] == proposal_id]
        return {"proposal": found[0], "timeline": timeline} | {name: self.copy.rows(name, proposal=proposal_id) for name in names}

    def timeline(self, days: int | None) -> Page:
        """Proposals and answers in order of time; of the last days before the newest poll, or all."""
        rows = self.copy.rows("timeline")
        if days is not None and rows:
            since = max(row["at"] for row in rows) - dt.timedelta(days=days)
            rows = [row for row in rows if row["at"] >= since]
        return {"rows": rows, "days": days}

    def trends(self, term: str, bucket: str, days: int) -> Page:
        """Articles and independent texts that name a term, corrected for coverage, raw figures beside; sources; languages."""
        return {
            "term": term,
            "bucket": bucket,
            "days": days,
            "rows": self.copy.rows("trend", term=term, bucket=bucket, days=days) if term else [],
            "languages": self.copy.rows("languages", days=days),
            "sources": self.copy.rows("sources", days=days),
            "coverage": self.copy.rows("coverage_daily", days=days),
            "opened": self.copy.rows("opened", days=days),
        }

    def article(self, article_id: str) -> Page:
        """One article: its text with what was read in it, its copies, and each edit."""
        found = self.copy.rows("article", article=article_id)
        if not found:
            raise NoSuchPageError(article_id)
        versions = self.copy.rows("article_versions", article=article_id)
        return {
            "article": found[0],
            "mentions": self.copy.rows("article_mentions", article=article_id),
            "claims": self.copy.rows("article_claims", article=article_id),
            "copies": self.copy.rows("article_copies", article=article_id),
            "versions": versions,
            "edits": edits(versions),
        }

    def articles(self, words: str, days: int) -> Page:
        """The newest articles on the topic, or those that name all of the words."""
        rows = self.copy.rows("search", words=words, days=days) if words else self.copy.rows("articles")
        return {"words": words, "days": days, "rows": rows}

    def feeds(self) -> Page:
        """The health of every feed, and on which days we could listen."""
        coverage = next(iter(self.copy.rows("coverage")), None)
        return {"rows": self.copy.rows("feeds"), "days": self.copy.rows("coverage_daily", days=30), "coverage": coverage}

    def alerts(self) -> Page:
        """Every alert with its evidence."""
        return {"rows": self.copy.rows("alerts")}

    def schema(self) -> dict[str, list[Row]]:
        """The columns of each relation that can be asked."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.copy.rows("schema"):
            found[row["relation"]].append(row)
        return dict(found)

    def _by_proposal(self, name: str) -> defaultdict[str, list[Row]]:
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.copy.rows(name):
            found[row["proposal_id"]].append(row)
        return found


def edits(versions: Sequence[Row]) -> list[dict[str, Any]]:
    """Each later version beside the one before it; without words where a text was taken out on request."""
    found: list[dict[str, Any]] = []
    for before, after in pairwise(versions):
        told: list[Change] = []
        if before["text"] is not None and after["text"] is not None:
            told = changes(before["text"], after["text"])
        found.append({"before": before, "after": after, "changes": told})
    return found


def _is_on_table(card: Row, moment: dt.datetime | None) -> bool:
    if card["status"] in _CLOSED:
        return False
    return card["last_seen"] is not None and (moment is None or card["last_seen"] > moment - _RECENT)


def _warning(coverage: Row | None) -> str:
    """What a reader must know before taking silence for calm; nothing where all is well."""
    if coverage is None:
        return "Nothing was collected yet."
    parts = []
    if coverage["feeds"] and coverage["answering"] < coverage["feeds"] * 0.75:
        parts.append(f"only {coverage['answering']} of {coverage['feeds']} feeds answer")
    if coverage["silent"]:
        parts.append(f"{coverage['silent']} feeds are silent for longer than usual")
    if coverage["with_gaps"]:
        parts.append(f"{coverage['with_gaps']} feeds may have lost entries in the last day")
    if coverage["thin_days"]:
        parts.append(f"on {coverage['thin_days']} of the last seven days fewer than half of the feeds answered")
    return "; ".join(parts)
