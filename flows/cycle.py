"""The parameters of the flows, and what the tasks of one run share; nothing that is long or secret."""

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from monitor.pipeline.reporting import SlowHost, slowest_hosts
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.settings import load_settings


class Parameters(BaseModel):
    """Which warehouse a flow works on. Settings are named by their file, so that no secret reaches Prefect's database."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    config: str | None = Field(None, description="Settings file; monitor.toml in the working folder, if there is one.")
    data: str | None = Field(None, description="Folder of the warehouse.")
    topic: str | None = Field(None, description="Name or path of a topic profile.")
    now: dt.datetime | None = Field(None, description="Stands in for the clock, in replays and the demo.")
    progress_after: float = Field(30.0, ge=0, description="Seconds after which a stage shows its progress.")


class Cycle(Parameters):
    """One run: ``run_id`` ties its events together."""

    run_id: str = ""

    def pipeline(self) -> Pipeline:
        """A pipeline of this run whose counts start at zero; settings and profile are read once a run."""
        return replace(self._shared, counts=Counter())

    @asynccontextmanager
    async def one_fetcher(self) -> AsyncIterator[list[SlowHost]]:
        """While it is open all stages fetch by one fetcher: politeness, holds and connections last from batch to batch.

        The list is filled at its end, with the slowest hosts of the run.
        """
        slowest: list[SlowHost] = []
        async with self._shared.fetcher():
            yield slowest
        slowest += slowest_hosts(self._shared.seconds)

    @property
    def _shared(self) -> Pipeline:
        return _loaded(self.config, self.data, self.topic, self.now, self.run_id)


@lru_cache(maxsize=1)
def _loaded(config: str | None, data: str | None, topic: str | None, now: dt.datetime | None, run_id: str) -> Pipeline:
    settings = load_settings(Path(config) if config else None, topic=topic, data=Path(data) if data else None)
    opened = load_pipeline(settings, run_id=run_id)
    if now is not None:
        opened.clock = lambda: now.astimezone(dt.UTC)
    return opened


class Done(BaseModel):
    """What a task hands on: numbers, and whether pages are waiting for another batch. Articles stay in the warehouse."""

    counts: dict[str, int]
    is_more: bool = False
