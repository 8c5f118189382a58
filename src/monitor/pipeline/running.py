"""A run from its start to its end, and documents into the seed corpus."""

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from ..corpus import Document, document_id, import_document
from ..events import EventData, FeedRegistered, RunFinished, RunStarted, TopicRevised
from ..proposals import open_known
from ..warehouse import Appended
from .alerting import alert
from .analysing import analyse, extract
from .collecting import collect
from .fetching import fetch_batch
from .shared import Pipeline, enough_open_files, one_run_at_a_time


async def run_cycle(pipeline: Pipeline) -> Counter[str]:
    """One whole run: collect, analyse, alert, publish. Gives how many events of each type it appended.

    Where many pages are new they are analysed and alerted batch by batch: whoever waits for an alert does not wait for them all.
    """
    with one_run_at_a_time(pipeline.files), pipeline.held():
        begin(pipeline)
        async with pipeline.fetcher():
            is_more = await collect(pipeline)
            while True:
                analyse(pipeline)
                await alert(pipeline)
                if not is_more:
                    break
                is_more = await fetch_batch(pipeline)
        finish(pipeline)
    return pipeline.counts


def begin(pipeline: Pipeline) -> None:
    """Record the run, and what changed in the profile: its feeds, its known proposals, its seed corpus.

    Pages that a cut-off run left are turned into texts before they may be fetched anew, so that no reading is passed over.
    """
    enough_open_files(pipeline.settings)
    now, profile = pipeline.clock(), pipeline.profile
    with pipeline.warehouse() as live:
        events: list[EventData] = [
            RunStarted(run_id=pipeline.run_id, program_version=version("ceasefire-monitor"), started_at=now)
        ]
        if live.read.topic_digest(pipeline.topic) != profile.digest:
            events.append(TopicRevised(topic_id=pipeline.topic, digest=profile.digest, revised_at=now))
        registered = live.read.registered_feeds(pipeline.topic)
        events += [
            FeedRegistered(
                feed_id=feed.feed_id,
                url=feed.url,
                name=feed.name,
                language=feed.language,
                country=feed.country,
                kind=feed.kind,
                registered_at=now,
            )
            for feed in profile.feed
            if registered.get(feed.feed_id) != (feed.url, feed.name, feed.language, feed.country, feed.kind)
        ]
        held = live.read.proposal_ids(pipeline.topic)
        events += [event for event in open_known(profile, at=now) if event.proposal_id not in held]
        documents = live.read.document_ids()
        events += [import_document(seed, at=now) for seed in pipeline.seeds if document_id(seed.facts) not in documents]
        pipeline.append(live, pipeline.wrap(events))
    extract(pipeline)


def finish(pipeline: Pipeline) -> None:
    """Record the end of the run and publish the copy for reading."""
    with pipeline.warehouse() as live:
        pipeline.append(
            live, pipeline.wrap([RunFinished(run_id=pipeline.run_id, counts=dict(pipeline.counts), finished_at=pipeline.clock())])
        )
        live.publish()


def import_documents(pipeline: Pipeline, documents: Sequence[Document]) -> Appended:
    """Put documents into the seed corpus; those known already are left out."""
    now = pipeline.clock()
    with pipeline.warehouse() as live:
        bodies = [
            (event.body_sha256, document.text)
            for document in documents
            if (event := import_document(document, at=now)).body_sha256 and document.text is not None
        ]
        appended = pipeline.append(
            live,
            pipeline.wrap(import_document(document, at=now) for document in documents),
            [(digest, text) for digest, text in bodies if digest],
        )
        live.publish()
        return appended
