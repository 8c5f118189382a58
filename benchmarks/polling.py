"""The simulated month of ``tests/simulated_month.py`` at full size: 300 feeds, 30 days, one line for each seed.

    python benchmarks/polling.py [--seeds 1 2] [--feeds 300] [--days 30] [--through]

No times are measured: what is asked is what is lost, how many requests it took, and what was reported when.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from simulated_month import Month, run  # noqa: E402

from monitor.topics import load_topic  # noqa: E402


def part(seed: int, first: int, feeds: int, days: int, through: bool) -> Month:
    profile = load_topic(
        ROOT / "tests" / "data" / "topics" / "norland-sudmark.toml", packs_dir=ROOT / "warehouse" / "topics" / "language"
    )
    return run(profile, seed=seed, numbers=range(first, feeds, 20), days=days, through=through)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--through", action="store_true", help="outlets publish on while their server is down")
    given = parser.parse_args()
    for seed in given.seeds:
        began = time.monotonic()
        with ProcessPoolExecutor(given.processes) as pool:
            parts = [pool.submit(part, seed, first, given.feeds, given.days, given.through) for first in range(20)]
            month = Month()
            for number, done in enumerate(parts, 1):
                month.plus(done.result())
                print(
                    f"  seed {seed}: {number} of {len(parts)} parts, {time.monotonic() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
        print(f"seed {seed}: {given.feeds} feeds, {given.days} days ({time.monotonic() - began:.0f} s)")
        print(report(month), flush=True)


def report(month: Month) -> str:
    """The figures of a month in words."""
    return "\n".join(
        (
            f"  entries published {month.entries:,}; caught at a fixed ten minutes {month.fixed_caught:,}, by us {month.caught:,}",
            f"  lost that the fixed poller caught: {month.lost} (in feeds {dict(month.lost_by)})",
            f"  requests {month.requests:,} against {month.fixed_requests:,}: {month.share:.1%}",
            (
                f"  outages {month.outages}, of them longer than the feed's own 99th percentile {month.outages_long}: "
                f"reported late {month.late}, never {month.missed}"
            ),
            (
                f"  silences {month.silences}, false {month.false_silences}: {month.false_share:.2%} of {month.gaps:,} gaps, "
                f"{month.false_silences / month.feed_weeks:.2f} a feed and week"
            ),
            (
                f"  gaps found {month.gap_events}; re-keys {month.rekeys} of {month.outlets_rekeyed}, old reports taken for new "
                f"{month.rekeyed_fetched}; lying servers {month.liars}, distrusted {month.distrusted}"
            ),
        )
    )


if __name__ == "__main__":
    main()
