"""Move a feed by hand: to another address, or back to the one in the profile. Either way redirects move it no more."""

import difflib

from ..errors import TopicError
from ..events import FeedMoved
from ..feeds.model import FeedToPoll
from ..feeds.moves import moved
from ..topics import FeedSource
from ..urls import absolute_url
from .shared import Pipeline


def move_feed(pipeline: Pipeline, which: str, to_url: str | None) -> FeedMoved:
    """Poll a feed, named by its name, id or address, at ``to_url`` from now on; at its own address when that is None.

    Raises TopicError for a feed or address that is none.
    """
    source = _find(pipeline, which)
    if to_url is not None and absolute_url(to_url, "") is None:
        raise TopicError("is not an http or https address", subject=to_url, way_out="Give the whole address of the feed.")
    with pipeline.warehouse() as live:
        rows: list[FeedToPoll] = live.read.feeds_by_id([source.feed_id])
        if not rows:
            raise TopicError("was never polled", subject=source.name, way_out="Change its address in the profile.")
        event = moved(
            source.feed_id,
            rows[0].address,
            to_url if to_url is not None else rows[0].url,
            why="by a person",
            registered={feed.feed_id for feed in pipeline.profile.feed},
            at=pipeline.clock(),
            is_pinned=True,
        )
        pipeline.append(live, pipeline.wrap([event]))
        live.publish()
    return event


def _find(pipeline: Pipeline, which: str) -> FeedSource:
    feeds = pipeline.profile.feed
    found = [feed for feed in feeds if which in (feed.name, feed.feed_id, feed.url)]
    if len(found) == 1:
        return found[0]
    if found:
        way_out = "Several feeds have that name; give the address of one."
    else:
        near = difflib.get_close_matches(which, [feed.name for feed in feeds], n=3)
        way_out = f"Nearest: {', '.join(near)}." if near else "`monitor feeds` lists them."
    raise TopicError("is no single feed of the profile", subject=which, way_out=way_out)
