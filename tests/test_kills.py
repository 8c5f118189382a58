"""A writer killed at any moment: what it was told is kept is kept, whole and once; readers never notice.

CI kills a few times; ``python tests/kill_driver.py --kills 1000`` kills more often and prints figures.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from kill_driver import kill

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("killed")]

KILLS = 16


def test_nothing_is_lost_torn_or_doubled_by_kills(tmp_path: Path) -> None:
    """SIGKILL while batches are spooled, committed, projected, published (whole or by blocks) and drained, with the live file free
    and with it in somebody else's hands; after each, the log, its chain, the relations and the spool are as if nothing had been."""
    figures = kill(tmp_path / "kills", KILLS, seed=20310310)
    assert figures.faults == []
    assert (figures.kills, figures.lost, figures.partial) == (KILLS, 0, 0)
    assert figures.batches_kept >= KILLS // 2, "the kills are meant to come in the middle of work"
    assert figures.spooled_at_kill >= KILLS // 4, "and to leave something to be drained"
    assert figures.looks >= KILLS, "and readers to look meanwhile"
    assert figures.restores >= KILLS // 10
