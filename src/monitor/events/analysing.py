"""Articles, the seed corpus, duplicates, and that a text was read."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from .base import EventData, Gate, Moment, Origin, Precision, Relation, Verdict, VetoKind


class ArticleText(EventData):
    """Shared by the events that bring a text: the body lies in ``log.body`` under ``body_sha256``."""

    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "page_event", "method")
    article_id: str
    url: str
    outlet: str
    feed_id: str
    first_seen_at: Moment
    title: str
    title_origin: Origin
    published_at: Moment | None
    published_origin: Origin
    published_precision: Precision
    author: str | None
    language: str
    body_sha256: str
    words: int
    page_sha256: str
    page_event: str
    method: str
    extracted_at: Moment
    section: str | None = None
    flags: tuple[str, ...] = ()  # paywall, live_blog, truncated


class ArticleExtracted(ArticleText):
    """The first text of an article. Version 1 knew neither section nor flags."""

    wire: ClassVar = "article.extracted"
    version: ClassVar = 2


class ArticleRevised(ArticleText):
    """A later reading brought another text: an edit after publication. ``change`` is 1 − Jaccard of 3-word shingles.

    ``words_added`` and ``words_removed`` are those of the shortest word-level difference; version 1 did not count them, and
    version 2 knew neither section nor flags.
    """

    wire: ClassVar = "article.revised"
    version: ClassVar = 3
    previous_sha256: str
    change: float
    words_added: int | None = None
    words_removed: int | None = None


class ArticleUnchanged(EventData):
    """A later reading brought the same text."""

    wire: ClassVar = "article.unchanged"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "page_event", "method")
    article_id: str
    page_event: str
    body_sha256: str
    method: str
    read_at: Moment


class ArticlePostFound(EventData):
    """A post of a live blog was seen, for the first time or in another wording; its text lies in ``log.body``."""

    wire: ClassVar = "article.post_found"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "post_id", "body_sha256")
    article_id: str
    post_id: str
    ordinal: int
    url: str
    headline: str
    published_at: Moment | None
    published_precision: Precision
    body_sha256: str
    words: int
    page_event: str
    method: str
    found_at: Moment


class ArticleExtractionFailed(EventData):
    """A page was read but yielded no usable text."""

    wire: ClassVar = "article.extraction_failed"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "page_event", "method")
    article_id: str
    page_event: str
    page_sha256: str
    reason: str
    detail: str = ""
    method: str
    failed_at: Moment


class ArticleQuarantined(EventData):
    """A page was read, but its text is not the article's: kept with the reason, not judged, not read, not counted.

    The article keeps the text that it has. For ``boilerplate`` that text is the very one (``body_sha256``), and the article
    is taken out of the count with it.
    """

    wire: ClassVar = "article.quarantined"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "page_event", "reason", "method")
    article_id: str
    url: str
    outlet: str
    feed_id: str
    title: str
    language: str
    body_sha256: str
    words: int
    reason: str
    detail: str = ""
    page_sha256: str
    page_event: str
    method: str
    quarantined_at: Moment


class ArticleRedacted(EventData):
    """An article's texts and raw records were taken out on request: hashes, address, title and dates stay, its words do not."""

    wire: ClassVar = "article.redacted"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "redacted_at")
    article_id: str
    why: str
    redacted_at: Moment


class Fingerprint(BaseModel):
    """What is left of a text for comparing: see ``fingerprints``.

    ``sample`` holds the shingle hashes ``h % one_in == 0`` and more of the lead's, as eight hexadecimal digits each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    content_sha256: str
    words: int
    shingles: int
    one_in: int
    sample: str


class Passage(BaseModel):
    """A passage that two texts share but for single words: half-open code points in the new text and in the old one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: int
    end: int
    of_start: int
    of_end: int


class Veto(BaseModel):
    """Why two texts that are otherwise alike are not the same: what the old one says, and what the new one says there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: VetoKind
    was: str
    now: str


class CorpusDocumentImported(EventData):
    """A document of the seed corpus: deduplicated against for ever. Its text may be absent (``body_sha256`` empty)."""

    wire: ClassVar = "corpus.document_imported"
    version: ClassVar = 2
    subject: ClassVar = "document_id"
    key: ClassVar[tuple[str, ...]] = ("document_id", "body_sha256", "method")
    document_id: str
    name: str
    title: str
    language: str
    published_at: Moment | None
    published_precision: Precision
    bytes_sha256: str
    body_sha256: str | None
    fingerprint: Fingerprint
    proposals: tuple[str, ...] = ()
    method: str
    imported_at: Moment


class DuplicateJudged(EventData):
    """The verdict on one text of an article, with the figures that it rests on.

    ``text_event`` is the event that brought the text: one that comes back after an edit is judged again. ``of`` is the id
    of the article or document that it repeats; ``cluster_id`` the id of the cluster's first member. ``in_order`` is the
    share of both texts' words that stand in the same order in both. A *twin* is like a known text but for what the vetoes
    name, and starts a cluster of its own. ``agency`` is whom the dateline credits. Version 1 had neither these four nor
    packed samples.
    """

    wire: ClassVar = "duplicate.judged"
    version: ClassVar = 2
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "text_event", "method")
    article_id: str
    text_event: str
    body_sha256: str
    verdict: Verdict
    relation: Relation | None
    of: str | None
    score: float
    containment: float
    jaccard: float
    in_order: float = 0.0
    is_sampled: bool
    vetoes: tuple[Veto, ...] = ()
    passages: tuple[Passage, ...] = ()
    agency: str | None = None
    cluster_id: str
    fingerprint: Fingerprint
    method: str
    judged_at: Moment


class ClusterChange(EventData):
    """Shared by the events that move an article to another cluster, one for each article that moves.

    ``because_of`` is the event of the text that told, or ``person`` and a moment; what came to be by a rule of today can so
    be taken back tomorrow. The article's last verdict or change says where it belongs.
    """

    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "from_cluster_id", "cluster_id", "because_of")
    article_id: str
    from_cluster_id: str
    cluster_id: str
    because_of: str
    why: str
    method: str
    changed_at: Moment


class ClusterMerged(ClusterChange):
    """Two clusters turned out to carry one text: this article's joins the other one."""

    wire: ClassVar = "cluster.merged"


class ClusterSplit(ClusterChange):
    """An article left its cluster: an edit made a text of its own of the copy, or somebody said that it never was one."""

    wire: ClassVar = "cluster.split"


class StoryLinked(EventData):
    """Which story an article tells, and the article it is most like in other words; ``like`` is None where it begins one.

    ``score`` is the cosine of both texts' weighted words after decay by the time between them; ``terms`` are this text's words
    with their counts, by which later ones are compared with it. No duplicate: nothing is dropped because of it.
    """

    wire: ClassVar = "story.linked"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "text_event", "method")
    article_id: str
    text_event: str
    story_id: str
    like: str | None
    cosine: float
    score: float
    terms: dict[str, int]
    method: str
    linked_at: Moment


class ArticleRead(EventData):
    """The rules of one version read one text, which ``text_event`` brought. This is what says "read, and nothing found"."""

    wire: ClassVar = "article.read"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("article_id", "text_event", "method")
    article_id: str
    text_event: str
    body_sha256: str
    gate: Gate
    gate_why: tuple[str, ...]
    mentions: int
    claims: int
    method: str
    read_at: Moment
