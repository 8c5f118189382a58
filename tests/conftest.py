"""What several test modules share. Countries, people, outlets and texts in these tests are fictional."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from monitor.topics import TopicProfile, load_topic

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SHARED = ROOT.parent / "shared" / "data"  # lies beside the project, never inside it

# The same examples in every run: a property that fails must fail for everybody, not once in a while.
settings.register_profile("monitor", derandomize=True, deadline=None, database=None, max_examples=150)
settings.load_profile("monitor")


@pytest.fixture(scope="session")
def profile() -> TopicProfile:
    """The fictional Norland-Sudmark conflict, mediated by Vestria, with the shipped English pack."""
    return load_topic(TESTS / "data" / "topics" / "norland-sudmark.toml", packs_dir=ROOT / "warehouse" / "topics" / "language")
