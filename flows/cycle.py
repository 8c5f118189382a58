"""What the tasks of one run share: how to open its pipeline, and nothing that is long or secret."""

import datetime as dt
from pathlib import Path

from pydantic import BaseModel

from monitor.pipeline import Pipeline, load_pipeline
from monitor.settings import load_settings


class Cycle(BaseModel):
    """Parameters of a run. Settings are named by their file, so that no secret reaches Prefect's database.

    ``now`` stands in for the clock in replays and the demo; ``run_id`` ties the run's events together.
    """

    config: str | None = None
    data: str | None = None
    topic: str | None = None
    now: dt.datetime | None = None
    run_id: str = ""

    def pipeline(self) -> Pipeline:
        """Open the pipeline anew; its counts start at zero."""
        settings = load_settings(
            Path(self.config) if self.config else None, topic=self.topic, data=Path(self.data) if self.data else None
        )
        moment = self.now
        given = {"clock": lambda: moment.astimezone(dt.UTC)} if moment is not None else {}
        return load_pipeline(settings, run_id=self.run_id, **given)
