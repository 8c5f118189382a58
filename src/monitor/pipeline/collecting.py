"""Feeds to pages: poll what is due, then fetch what the entries ask for."""

from .fetching import fetch_batch
from .polling import poll_feeds
from .shared import Pipeline


async def collect(pipeline: Pipeline) -> bool:
    """Poll the feeds that are due and fetch a first batch of pages. Gives whether more are waiting (``fetch_batch``)."""
    with pipeline.held():
        async with pipeline.fetcher():
            await poll_feeds(pipeline)
            return await fetch_batch(pipeline)
