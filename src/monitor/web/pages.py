"""What each page shows: parameters to rows, the same for HTML and for JSON. Nothing in here knows of requests."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..topics import TopicProfile
from ..warehouse.shown import Row, Shown
from .kinship import family_tree, neighbours
from .passages import Change, changes

Page = dict[str, Any]
_RECENT = dt.timedelta(days=30)  # a proposal of which nobody has spoken for longer is not on the table
_MOST_TEXTS = 5_000  # are searched unasked: each is unpacked and read
_DAYS_ASKED = 90  # shorter windows of what has a row for each day are cut from these
_CLOSED = ("lapsed", "adopted", "agreed", "rejected", "withdrawn")


# What readers ask first, and what needs no parameter: answered before a new publication is shown.
_USUAL: tuple[tuple[str, Mapping[str, object]], ...] = (
    *((name, {}) for name in ("coverage", "proposals", "terms", "positions", "changes", "alerts", "kin", "parties", "span")),
    *((name, {}) for name in ("timeline", "articles", "feeds", "schema")),
    ("losses", {"days": 30}),
    *((name, {"days": days}) for days in (7, 30, 90) for name in ("languages", "sources", "sources_daily", "opened")),
    *((name, {"days": _DAYS_ASKED}) for name in ("volume", "coverage_daily")),
)

_OPENED_FIRST = 5  # proposals on the table whose own pages are answered, too

_TIMELINE_ROWS = 1000  # page/timeline.sql gives no more of them


class NoSuchPageError(Exception):
    """There is no proposal or article of that id."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages over one publication: made anew for each request, so that no page mixes two."""

    copy: Shown
    profile: TopicProfile | None = None  # whose points tell a proposal from its neighbours; without it those of the ledger only

    def now(self) -> Page:
        """What is on the table: proposals with terms and positions, what changed in the last day, how far we could listen."""
        coverage = next(iter(self.copy.rows("coverage")), None)
        moment = coverage["last_polled_at"] if coverage else None
        terms, positions = self._by_proposal("terms"), self._by_proposal("positions")
        cards = [
            proposal | {"terms": terms[proposal["proposal_id"]], "positions": positions[proposal["proposal_id"]]}
            for proposal in self.copy.rows("proposals")
        ]
        on_table: list[Row] = []
        others: list[Row] = []
        for card in cards:
            (on_table if _is_on_table(card, moment) else others).append(card)
        return {
            "moment": moment,
            "coverage": coverage,
            "warning": _warning(coverage),
            "proposals": on_table,
            "others": others,
            "changes": self.copy.rows("changes"),
            "alerts": self.copy.rows("alerts")[:5],
        }

    def proposal(self, proposal_id: str) -> Page:
        """One proposal: where it comes from, every attributed reading of its terms, who is said to stand where, and the texts."""
        found = self.copy.rows("proposal", proposal=proposal_id)
        if not found:
            raise NoSuchPageError(proposal_id)
        terms, positions = self._by_proposal("terms"), self._by_proposal("positions")
        names = ("mentions", "readings", "stances", "reports_daily", "decisions", "opening")
        with ThreadPoolExecutor(2) as threads:  # the first takes as long as the others: it unpacks texts
            parts = dict(zip(names, threads.map(lambda name: self.copy.rows(name, proposal=proposal_id), names), strict=True))
        kin = self.copy.rows("kin")
        opened = next(row for row in kin if row["proposal_id"] == proposal_id)
        return {
            "proposal": found[0] | {name: opened[name] for name in ("outlet", "article_title")},
            "terms": terms[proposal_id],
            "positions": positions[proposal_id],
            "family": family_tree(kin, terms, proposal_id),
            "neighbours": self._neighbours(proposal_id, parts.pop("opening"), terms),
        } | parts

    def _neighbours(self, proposal_id: str, opening: list[Row], terms: dict[str, list[Row]]) -> list[dict[str, Any]]:
        if self.profile is None or not opening:
            return []
        return neighbours(self.profile, opening[0], self.copy.rows("parties"), terms, apart_from=proposal_id)

    def timeline(self, days: int | None, since: dt.date | None = None, until: dt.date | None = None) -> Page:
        """Proposals and answers in order of time: between two days, of the last days, or all, with the views beside this one."""
        whole = self.copy.rows("span")[0]
        first, last = whole["first_day"], whole["last_day"]
        if first is None:
            return {"rows": [], "days": days, "since": since, "until": until, "first_day": None, "last_day": None, "views": {}}
        until = min(until or last, last)
        since = since or (until - dt.timedelta(days=days - 1) if days else first)
        since = max(min(since, until), first)
        rows = self.copy.rows("timeline")
        if (since, until) != (first, last):
            if len(rows) < _TIMELINE_ROWS:  # that is all of them
                rows = [row for row in rows if since <= row["at"].date() <= until]
            else:
                rows = self.copy.rows("timeline", since=since, until=until + dt.timedelta(days=1))
        return {
            "rows": rows,
            "days": days,
            "since": since,
            "until": until,
            "first_day": first,
            "last_day": last,
            "views": views(since, until, first, last),
        }

    def trends(self, term: str, bucket: str, days: int) -> Page:
        """How loud it is: all on the topic, or what names a term, corrected for coverage; raw figures, outlets, languages."""
        coverage = daily(self.copy, "coverage_daily", days)
        return {
            "term": term,
            "bucket": bucket,
            "days": days,
            "rows": trend_rows(self.copy, term, bucket, days),
            "languages": self.copy.rows("languages", days=days),
            "sources": self.copy.rows("sources", days=days),
            "sources_daily": self.copy.rows("sources_daily", days=days),
            "thin_days": [row["day"] for row in coverage if row["feeds_alive"] < row["feeds_known"] / 2],
            "coverage": coverage,
            "opened": self.copy.rows("opened", days=days),
        }

    def article(self, article_id: str) -> Page:
        """One article: its text with what was read in it, its copies and the passages shared, and each edit."""
        article = self.article_row(article_id)
        own = {"article": article_id, "place": article["position"]}
        versions = self.copy.rows("article_versions", **own)
        parts = ("mentions", "claims", "copies", "passages")
        return {"article": article, "versions": versions, "edits": edits(versions)} | {
            name: self.copy.rows(f"article_{name}", **own) for name in parts
        }

    def beside(self, article_id: str, other_id: str) -> Page:
        """Two articles word by word: what they share, and what only one of them has. Oldest first."""
        pair = sorted((self.article_row(article_id), self.article_row(other_id)), key=lambda row: row["first_seen_at"])
        told = changes(*(row["text"] for row in pair)) if all(row["text"] is not None for row in pair) else []
        shared = sum(len(change.before.split()) for change in told if change.kind == "equal")
        return {"articles": pair, "changes": told, "shared_words": shared}

    def articles(self, words: str, days: int, within: str = "") -> Page:
        """The newest articles on the topic, or those that name all words: in texts, or in titles where texts are too many."""
        if not words:
            return {"words": words, "days": days, "within": within, "is_titles": False, "rows": self.copy.rows("articles")}
        is_titles = within == "titles" or (not within and self.copy.rows("reach", days=days)[0]["articles"] > _MOST_TEXTS)
        if is_titles:
            patterns = [row["pattern"] for row in self.copy.rows("patterns", words=words)]
            rows = self.copy.rows("search_titles", patterns=patterns, days=days) if patterns else []
        else:
            rows = self.copy.rows("search", words=words, days=days)
        return {"words": words, "days": days, "within": within, "is_titles": is_titles, "rows": rows}

    def feeds(self) -> Page:
        """The health of every feed, on which days we could listen, and what may have been missed."""
        return {
            "rows": self.copy.rows("feeds"),
            "days": daily(self.copy, "coverage_daily", 30),
            "losses": self.copy.rows("losses", days=30),
            "coverage": next(iter(self.copy.rows("coverage")), None),
        }

    def alerts(self) -> Page:
        """Every alert with its evidence."""
        return {"rows": self.copy.rows("alerts")}

    def schema(self) -> dict[str, list[Row]]:
        """The columns of each relation that can be asked."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.copy.rows("schema"):
            found[row["relation"]].append(row)
        return dict(found)

    def article_row(self, article_id: str) -> Row:
        """The article itself with its text and the place of its page. Raises NoSuchPageError."""
        found = self.copy.rows("article", article=article_id)
        if not found:
            raise NoSuchPageError(article_id)
        return found[0]

    def _by_proposal(self, name: str) -> defaultdict[str, list[Row]]:
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.copy.rows(name):
            found[row["proposal_id"]].append(row)
        return found


def ask_usual(copy: Shown, *, profile: TopicProfile | None) -> None:
    """Ask a new publication what readers open first: the pages, the proposals on the table and the newest article, too."""
    for name, variables in _USUAL:
        copy.rows(name, **variables)
    pages = Pages(copy, profile)
    for card in pages.now()["proposals"][:_OPENED_FIRST]:
        pages.proposal(card["proposal_id"])
    for row in copy.rows("articles")[:1]:
        pages.article(row["article_id"])


def trend_rows(copy: Shown, term: str, bucket: str, days: int) -> list[Row]:
    """Rows of ``page/trend`` for a term; without one, those of ``page/volume``, by day."""
    return copy.rows("trend", term=term, bucket=bucket, days=days) if term else daily(copy, "volume", days)


def daily(copy: Shown, name: str, days: int) -> list[Row]:
    """The last so many days of an answer that has a row for each day, without a gap: cut from those that were asked already."""
    return copy.rows(name, days=max(days, _DAYS_ASKED))[-days:]


def views(since: dt.date, until: dt.date, first: dt.date, last: dt.date) -> dict[str, tuple[dt.date, dt.date]]:
    """The windows that a reader goes to from one: nearer, wider, earlier, later, all; only those that show something else."""
    length = (until - since).days + 1
    half = dt.timedelta(days=max(1, length // 2))
    quarter = dt.timedelta(days=length // 4)
    wanted = {
        "nearer": (since + quarter, max(since + quarter, until - quarter)),
        "wider": (since - half, until + half),
        "all": (first, last),
    }
    if since > first:
        wanted["earlier"] = (since - half, until - half)
    if until < last:
        wanted["later"] = (since + half, until + half)
    found = {}
    for name, (start, end) in wanted.items():
        if end < first or start > last:
            continue
        window = max(start, first), min(end, last)
        if window != (since, until):
            found[name] = window
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
