"""A plan for many feeds, checked by a discrete-event simulation fed with measured unit costs (benchmarks/unit_costs.py).

    .venv/bin/python benchmarks/scale_sim.py [--costs FILE] [--feeds N] [--pages-a-day N] [--cells N] [--minutes N] [--all] [--json FILE]

First arithmetic: how many processors, bytes and cells the load needs at sixty percent use. Then the simulation of that plan: pages
come in at random moments (a day's curve has its peak at twice the mean), wait for their host's turn and for a connection, are read
from the network, and pass through fetching, analysing and their cell's append, one batch at a time. What it adds to arithmetic is
waiting: how old a page is when it is in the log, where queues grow, and which station gives way first. A cell is one lake with its
replicas; hosts belong to cells, so that politeness and near-duplicates of one outlet stay together.

Assumptions that no unit cost covers are parameters of ``Plan`` and printed: the network's answer times, the pause at a host,
how pages fall on hosts (Zipf), events a page, polls a day.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import simpy

RESULTS = Path(__file__).resolve().parent / "results"
USE = 0.6  # of a station: above it, waiting grows faster than load
DAY = 86_400


@dataclass(frozen=True)
class Plan:
    """A load and what it is met with."""

    feeds: int
    pages_a_day: int
    cells: int
    polls_a_day: float = 48  # of one feed; the polling policy's mean over 300 simulated feeds is below this
    peak: float = 2.0  # of the mean rate
    hosts_per_feed: float = 0.6
    zipf: float = 0.9  # how unevenly pages fall on hosts
    pause: float = 1.0  # seconds between two starts at a host
    answer_median: float = 0.6  # seconds of the network
    answer_sigma: float = 0.9  # of its logarithm
    connections: int = 32  # of a fetching process
    events_a_page: float = 8.0
    on_topic: float = 0.3  # of texts, read by all rules
    batch_seconds: float = 20.0  # a run's part between two appends
    window_days: float = 14.0  # of articles that a replica must hold to judge new ones
    replica_articles: int = 1_250_000  # the largest that was measured (results/warehouse-10-million-2026-11-21.txt)
    replica_bytes: int = 4_019  # of an article there, in each of the live file, the copy and the spare


@dataclass
class Costs:
    """CPU seconds of one unit, out of the file of measured ones."""

    feed: float
    page: float
    analyse: float
    append_event: float
    append_open: float
    follow_event: float
    article_bytes: float
    archive_bytes: float

    @classmethod
    def of(cls, found: dict[str, Any], plan: Plan) -> Costs:
        """What a page costs: it is extracted, judged, and read by all rules where it is on the topic."""
        detect = plan.on_topic * found["detect"]["cpu"] + (1 - plan.on_topic) * found["detect_off_topic"]["cpu"]
        shared = found["lake_append_event"]
        return cls(
            feed=found["fetch_feed"]["cpu"],
            page=found["fetch_page"]["cpu"],
            analyse=found["extract"]["cpu"] + found["judge"]["cpu"] + detect,
            append_event=shared["cpu"] + shared["postgres_cpu"],
            append_open=found["lake_open"]["cpu"] + found["lake_open"]["postgres_cpu"],
            follow_event=found["lake_follow_event"]["cpu"],
            article_bytes=found["lake_store_article"]["bytes"],
            archive_bytes=found["fetch_page"]["archive_bytes"],
        )


@dataclass
class Needs:
    """What arithmetic says: processors at the peak and at sixty percent use, bytes, and the busiest serial stations."""

    pages_a_second: float
    events_a_second: float
    fetch_cores: int
    connections: int
    analyse_cores: int
    append_use_of_a_cell: float
    follow_use_of_a_cell: float
    cells_for_appends: int
    cells_for_replicas: int
    days_until_one_cell_is_full: float
    replicas_gb: float
    lake_gb_a_day: float
    archive_gb_a_day: float
    busiest_host_pages_a_day: float
    pages_a_host_allows: float
    machines_of_16_cores: int


def needs(plan: Plan, costs: Costs) -> Needs:
    """The plan at its peak, station by station."""
    pages = plan.pages_a_day / DAY * plan.peak
    polls = plan.feeds * plan.polls_a_day / DAY * plan.peak
    events = pages * plan.events_a_page + polls
    fetch = (pages * costs.page + polls * costs.feed) / USE
    mean_answer = plan.answer_median * math.exp(plan.answer_sigma**2 / 2)
    analyse = pages * costs.analyse / USE
    batches = 1 / plan.batch_seconds
    append = events / plan.cells * costs.append_event + batches * costs.append_open
    follow = events / plan.cells * costs.follow_event
    serial = events * max(costs.append_event, costs.follow_event) / (USE - batches * costs.append_open)
    hosts = max(1, int(plan.feeds * plan.hosts_per_feed))
    share = 1 / sum(rank**-plan.zipf for rank in range(1, hosts + 1))
    cores = math.ceil(fetch) + math.ceil(analyse) + plan.cells * 2
    return Needs(
        pages, events, math.ceil(fetch), math.ceil((pages + polls) * mean_answer / USE), math.ceil(analyse), append, follow,
        max(1, math.ceil(serial)), max(1, math.ceil(plan.pages_a_day * plan.window_days / plan.replica_articles)),
        plan.replica_articles / plan.pages_a_day, plan.pages_a_day * plan.window_days * plan.replica_bytes * 3 / 1e9, plan.pages_a_day * costs.article_bytes / 1e9, plan.pages_a_day * costs.archive_bytes / 1e9,
        plan.pages_a_day * share, DAY / plan.pause, math.ceil(cores / 16),
    )  # fmt: skip


# ---- the simulation


@dataclass
class Run:
    """One simulated stretch of the peak; stations keep the seconds that they were at work."""

    plan: Plan
    costs: Costs
    found: Needs
    seconds: float
    chance: random.Random
    env: simpy.Environment = field(default_factory=simpy.Environment)
    ages: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    free_at: dict[int, float] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        """Simulate, and give ages in seconds, uses of stations, and the longest queues."""
        env, plan = self.env, self.plan
        self.sockets = simpy.Resource(env, self.found.connections)
        self.fetchers = simpy.Resource(env, max(1, self.found.fetch_cores))
        self.analysts = simpy.Resource(env, max(1, self.found.analyse_cores))
        self.waiting: list[list[float]] = [[] for _ in range(plan.cells)]
        hosts = max(1, int(plan.feeds * plan.hosts_per_feed))
        self.hosts = range(hosts)
        self.weights = list(_cumulated(rank**-plan.zipf for rank in range(1, hosts + 1)))
        env.process(self._arrivals())
        for cell in range(plan.cells):
            env.process(self._appends(cell))
        env.run(until=self.seconds)
        uses = {
            "fetch": self.busy.get("fetch", 0) / self.seconds / self.fetchers.capacity,
            "analyse": self.busy.get("analyse", 0) / self.seconds / self.analysts.capacity,
            "append, busiest cell": max(self.busy.get(f"append {cell}", 0) for cell in range(plan.cells)) / self.seconds,
            "follow, busiest cell": max(self.busy.get(f"follow {cell}", 0) for cell in range(plan.cells)) / self.seconds,
        }
        cuts = statistics.quantiles(self.ages, n=100) if len(self.ages) > 1 else [float("nan")] * 99
        left = sum(map(len, self.waiting)) + len(self.sockets.queue) + len(self.fetchers.queue) + len(self.analysts.queue)
        return {"pages": len(self.ages), "age_p50": cuts[49], "age_p95": cuts[94], "age_p99": cuts[98], "left_in_queues": left,
                "waited_over_a_minute_for_a_host": sum(wait > 60 for wait in self.turns) / max(1, len(self.turns)), "use": uses,
                "longest_queue": self.longest}  # fmt: skip

    def _arrivals(self) -> Generator[Any, Any, None]:
        while True:
            yield self.env.timeout(self.chance.expovariate(self.found.pages_a_second))
            host = self.chance.choices(self.hosts, cum_weights=self.weights)[0]
            self.env.process(self._page(host))

    def _page(self, host: int) -> Generator[Any, Any, None]:
        env, plan, born = self.env, self.plan, self.env.now
        start = max(env.now, self.free_at.get(host, 0.0))
        self.free_at[host] = start + plan.pause
        self.turns.append(start - env.now)
        yield env.timeout(start - env.now)
        with self.sockets.request() as place:
            self._note("connection", self.sockets)
            yield place
            yield env.timeout(min(30.0, self.chance.lognormvariate(math.log(plan.answer_median), plan.answer_sigma)))
        polls = plan.feeds * plan.polls_a_day / plan.pages_a_day  # feeds that were polled for each page
        yield from self._work("fetch", self.fetchers, self.costs.page + polls * self.costs.feed)
        yield from self._work("analyse", self.analysts, self.costs.analyse)
        self.waiting[host % plan.cells].append(born)

    def _work(self, name: str, station: simpy.Resource, seconds: float) -> Generator[Any, Any, None]:
        with station.request() as place:
            self._note(name, station)
            yield place
            spent = self.chance.expovariate(1 / seconds)
            yield self.env.timeout(spent)
            self.busy[name] = self.busy.get(name, 0.0) + spent

    def _appends(self, cell: int) -> Generator[Any, Any, None]:
        """One writer after the other: a batch, then every replica takes it in beside the next."""
        per_page = self.plan.events_a_page + self.plan.feeds * self.plan.polls_a_day / self.plan.pages_a_day
        yield self.env.timeout(self.chance.uniform(0, self.plan.batch_seconds))
        while True:
            batch, self.waiting[cell] = self.waiting[cell], []
            self.longest["append"] = max(self.longest.get("append", 0), len(batch))
            spent = self.costs.append_open + len(batch) * per_page * self.costs.append_event
            yield self.env.timeout(spent)
            self.busy[f"append {cell}"] = self.busy.get(f"append {cell}", 0.0) + spent
            self.busy[f"follow {cell}"] = self.busy.get(f"follow {cell}", 0.0) + len(batch) * per_page * self.costs.follow_event
            self.ages += [self.env.now - born for born in batch]
            yield self.env.timeout(max(0.0, self.plan.batch_seconds - spent))

    def _note(self, name: str, station: simpy.Resource) -> None:
        self.longest[name] = max(self.longest.get(name, 0), len(station.queue))


def _cumulated(values: Any) -> Generator[float, None, None]:
    total = 0.0
    for value in values:
        total += value
        yield total


def simulate(plan: Plan, costs: Costs, minutes: float, seed: int = 1) -> tuple[Needs, dict[str, Any]]:
    """What a plan needs, and what the simulation of its peak says."""
    found = needs(plan, costs)
    return found, Run(plan, costs, found, minutes * 60, random.Random(seed)).run()


def main() -> int:
    parser = argparse.ArgumentParser(description="Simulate a plan.")
    parser.add_argument("--costs", type=Path, default=RESULTS / "unit-costs.json")
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--pages-a-day", type=int, default=5_000_000)
    parser.add_argument("--cells", type=int, default=0, help="0: as many as appends and replicas need")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--all", action="store_true", help="also smaller loads, and the large one with too few cells")
    parser.add_argument("--json", type=Path, help="write everything there, too")
    asked = parser.parse_args()
    measured = json.loads(asked.costs.read_text(encoding="utf-8"))
    loads = [(asked.feeds, asked.pages_a_day, asked.cells)]
    if asked.all:
        loads = [(300, 15_000, 0), (3_000, 150_000, 0), (30_000, 1_500_000, 0), (100_000, 5_000_000, 0), (100_000, 5_000_000, 1)]
    told = []
    for feeds, pages, cells in loads:
        one = Plan(feeds, pages, 1)
        least = needs(one, Costs.of(measured, one))
        plan = Plan(feeds, pages, cells or max(least.cells_for_appends, least.cells_for_replicas))
        found, result = simulate(plan, Costs.of(measured, plan), asked.minutes)
        told.append({"plan": asdict(plan), "needs": asdict(found), "simulated": result})
        print(
            f"\n{feeds:,} feeds, {pages:,} pages a day, {plan.cells} cells; the peak of {found.pages_a_second:.1f} pages a second for {asked.minutes:g} minutes"
        )
        for name, value in {
            **asdict(found),
            **{key: value for key, value in result.items() if key != "use"},
            **result["use"],
        }.items():
            print(f"  {name:<34} {value:,.3f}" if isinstance(value, float) else f"  {name:<34} {value}")
    if asked.json:
        asked.json.write_text(json.dumps({"costs": str(asked.costs.name), "runs": told}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
