"""Clusters as a person sees them: merged or split by hand, which is an event like any other and can be undone by another."""

from ..duplicates.clusters import merge, split
from ..errors import QueryError
from ..events import ClusterMerged, ClusterSplit
from .shared import Pipeline, one_run_at_a_time


def merge_clusters(pipeline: Pipeline, cluster_id: str, into: str, why: str) -> list[ClusterMerged]:
    """Move all articles of one cluster into another. Raises QueryError where either has no articles."""
    now = pipeline.clock()
    with one_run_at_a_time(pipeline.files), pipeline.warehouse() as live:
        members = live.read.cluster_members([cluster_id, into])
        for wanted in (cluster_id, into):
            if wanted not in {held for _, held in members}:
                raise QueryError("is no cluster", subject=wanted, way_out="`monitor sql 'FROM cluster'` lists them.")
        told = f"person {now.isoformat()}"
        events = merge(members, into, because_of=told, why=why, method="person", at=now)
        pipeline.append(live, pipeline.wrap(events))
        live.publish()
    return events


def split_article(pipeline: Pipeline, article_id: str, why: str) -> ClusterSplit:
    """Move an article out of its cluster. Raises QueryError where it is in no cluster, or in its own already."""
    now = pipeline.clock()
    with one_run_at_a_time(pipeline.files), pipeline.warehouse() as live:
        cluster_id = live.read.article_cluster(article_id)
        if cluster_id is None or cluster_id == article_id:
            listed = 'monitor sql "SELECT article_id, cluster_id, title FROM article WHERE cluster_id <> article_id"'
            raise QueryError("is no copy in another text's cluster", subject=article_id, way_out=f"`{listed}` lists them.")
        event = split(article_id, cluster_id, because_of=f"person {now.isoformat()}", why=why, method="person", at=now)
        pipeline.append(live, pipeline.wrap([event]))
        live.publish()
    return event
