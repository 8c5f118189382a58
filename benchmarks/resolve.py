"""How fast a mention is resolved against a ledger of so many proposals, and how many times faster than by scoring all of them with reasons.

    python benchmarks/resolve.py [--proposals 2000] [--rounds 30]

Invented ledgers: proposals of a handful of parties over ten years ("spread"), all on the table at once ("crowded"), all by one
party at once with other figures ("one party"), and all alike ("alike"). The ratio is of processor time in one process.
"""

import argparse
import datetime as dt
import random
import time
from collections.abc import Callable, Iterator

from monitor.events import MentionDetected, Reading, Span
from monitor.proposals import Ledger
from monitor.ranking import LedgerEntries
from monitor.scoring import LedgerEntry, Scored, Scorer, months_outside
from monitor.topics import TopicProfile, load_topic
from monitor.warehouse import shipped

NOW = dt.datetime(2031, 4, 2, tzinfo=dt.UTC)


class Scan(LedgerEntries):
    """The ledger without its columns: every entry is scored, and the scores are sorted."""

    def ranked(self, scorer: Scorer, mention: MentionDetected, linked: tuple[str, str] | None) -> Iterator[Scored]:
        """All, scored and sorted."""
        scored = (scorer.score(mention, entry, linked) for entry in self.values())
        return iter(sorted(scored, key=lambda one: (-one.score, one.entry.proposal_id)))

    def on_table(self, moment: dt.datetime) -> Iterator[LedgerEntry]:
        """The same by a scan, newest first."""
        there = [entry for entry in self.values() if months_outside(entry, moment) == 0]
        return iter(sorted(there, key=lambda one: (one.active_from or NOW, one.proposal_id), reverse=True))


def reading(term: str, value: float) -> Reading:
    return Reading(start=0, end=1, text="x", term=term, low=value, high=value, rule="made")


def entry(profile: TopicProfile, dice: random.Random, number: int, kind: str) -> LedgerEntry:
    """One invented proposal."""
    parties = [party.id for party in profile.party]
    age = dice.uniform(-40, 3650) if kind == "spread" else dice.uniform(0, 40)
    since = NOW - dt.timedelta(days=0 if kind == "alike" else age)
    who = {parties[0]} if kind in ("one party", "alike") else set(dice.sample(parties, dice.choice([1, 1, 1, 2])))
    days, captives = (20.0, 5.0) if kind == "alike" else (float(dice.randint(3, 120)), float(dice.randint(1, 60)))
    return LedgerEntry(
        f"made-{number:05}", "Made", who, set(), set() if kind == "alike" else set(dice.sample(parties, dice.choice([0, 1, 2]))), set(),
        since - dt.timedelta(days=3), since + dt.timedelta(days=45), None, [reading("duration_days", days), reading("captives", captives)],
    )  # fmt: skip


def mention(profile: TopicProfile, dice: random.Random, number: int) -> MentionDetected:
    """One invented mention of a few days around now."""
    who = (dice.choice([party.id for party in profile.party]),) if dice.random() < 0.8 else ()
    return MentionDetected(
        mention_id=f"mention-{number}", article_id=f"article-{number}", body_sha256="0" * 64, ordinal=0, frame=Span(start=0, end=1, text="x"), window_start=0,
        window_end=1, quote="x", proposers=who, claimed_by=(), mediators=(), nicknames=(), is_proposing=dice.random() < 0.5,
        lineage="variant_of" if dice.random() < 0.1 else None, answers=(), background=None, said_by="writer", specificity=4, rules=("noun",),
        readings=(reading("duration_days", float(dice.randint(3, 120))), reading("captives", float(dice.randint(1, 60)))),
        reported_at=NOW - dt.timedelta(days=dice.uniform(0, 5)), method="made", detected_at=NOW,
    )  # fmt: skip


def seconds(ledger: Ledger, told_of: list[MentionDetected]) -> float:
    """Processor seconds for each mention."""
    started = time.process_time()
    for one in told_of:
        ledger.resolve(one, at=NOW)
    return (time.process_time() - started) / len(told_of)


def main() -> None:
    """Print milliseconds with the columns, without them, and the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--proposals", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    profile = load_topic(next(iter(sorted(shipped("topics").glob("*.toml")))))
    print(f"{'ledger of ' + str(given.proposals):<18}{'columns':>10}{'scan':>10}{'ratio':>9}")
    for kind in ("spread", "crowded", "one party", "alike"):
        told_of = [mention(profile, random.Random(number), number) for number in range(given.rounds)]
        kept: list[float] = []
        shelves: tuple[Callable[[list[LedgerEntry]], LedgerEntries], ...] = (LedgerEntries, Scan)
        for shelve in shelves:
            ledger = Ledger(profile)
            dice = random.Random(1)
            ledger.entries = shelve([entry(profile, dice, number, kind) for number in range(given.proposals)])
            kept.append(seconds(ledger, told_of if shelve is LedgerEntries else told_of[:5]))
        print(f"{kind:<18}{1000 * kept[0]:>7.2f} ms{1000 * kept[1]:>7.1f} ms{kept[1] / kept[0]:>8.0f}x")


if __name__ == "__main__":
    main()
