"""Feeds to pages: poll what is due, then fetch what the entries ask for."""

from .fetching import fetch_pages
from .polling import poll_feeds
from .shared import Pipeline


async def collect(pipeline: Pipeline) -> None:
    """Poll the feeds that are due, then fetch the pages that entries ask for."""
    async with pipeline.fetcher():
        await poll_feeds(pipeline)
        await fetch_pages(pipeline)
