"""Clusters change by event: two turn out to be one, an article leaves its own.

A cluster is known by its first member. Merging moves the members of the one into the other, an event each, so that every
article's last event says where it belongs, whatever is replayed; splitting moves one article into a cluster of its own.
"""

import datetime as dt
from collections.abc import Iterable

from ..events import ClusterMerged, ClusterSplit
from .judging import METHOD, Judgement


def merge(
    members: Iterable[tuple[str, str]], into: str, *, because_of: str, why: str, method: str, at: dt.datetime
) -> list[ClusterMerged]:
    """Move (article, cluster) pairs into one cluster."""
    return [
        ClusterMerged(
            article_id=article_id,
            from_cluster_id=cluster_id,
            cluster_id=into,
            because_of=because_of,
            why=why,
            method=method,
            changed_at=at,
        )
        for article_id, cluster_id in members
        if cluster_id != into
    ]


def split(article_id: str, cluster_id: str, *, because_of: str, why: str, method: str, at: dt.datetime) -> ClusterSplit:
    """Move an article out of a cluster into one of its own."""
    return ClusterSplit(
        article_id=article_id,
        from_cluster_id=cluster_id,
        cluster_id=article_id,
        because_of=because_of,
        why=why,
        method=method,
        changed_at=at,
    )


def changes(
    judged: Iterable[Judgement], members: Iterable[tuple[str, str]], *, at: dt.datetime
) -> list[ClusterMerged | ClusterSplit]:
    """What a batch of verdicts means for clusters. ``members`` are (article, cluster) of the bridged clusters as stored."""
    where = dict(members)
    events: list[ClusterMerged | ClusterSplit] = []
    for judgement in judged:
        verdict = judgement.verdict
        article_id, told = verdict.article_id, verdict.text_event
        where[article_id] = where.get(article_id, verdict.cluster_id) if verdict.verdict == "revision" else verdict.cluster_id
        if judgement.has_left:
            why = "an edit made a text of its own of the copy"
            events.append(split(article_id, where[article_id], because_of=told, why=why, method=METHOD, at=at))
            where[article_id] = article_id
        for cluster_id in judgement.bridged:
            moved = [(member, held) for member, held in where.items() if held == cluster_id]
            why = f"{article_id} has the text of both"
            merged = merge(moved, where[article_id], because_of=told, why=why, method=METHOD, at=at)
            events += merged
            where.update({event.article_id: event.cluster_id for event in merged})
    return events
