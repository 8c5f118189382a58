"""From what a page yields to its one event: first text, revision, nothing new, failure or quarantine."""

import datetime as dt
from collections.abc import Iterable

from rapidfuzz.distance import LCSseq

from ..events import (
    ArticleExtracted,
    ArticleExtractionFailed,
    ArticlePostFound,
    ArticleQuarantined,
    ArticleRevised,
    ArticleUnchanged,
    EventData,
    Origin,
    Precision,
)
from ..feeds.dates import AHEAD, ANCIENT
from ..fingerprints import jaccard, shingles, tokens
from ..ids import text_sha256
from ..urls import outlet_key
from .model import METHOD, Extraction, NoText, PageToExtract

_A_PART = 0.9  # of a later text's shingles that stand in the known one
_DIFFERENT_TITLES = 3
_LONG_WORD = 4  # letters: shorter ones stand in every text
_BORNE_OUT = 1 / 3  # of a title's long words stand in the text
_CUT_TO = 0.5  # of the known text's length: an edit takes out less


def decide_article(page: PageToExtract, outcome: Extraction | NoText, previous_text: str | None, *, at: dt.datetime) -> EventData:
    """Turn an extraction into its one event. ``previous_text`` is the article's last known text.

    Title and date are the feed's where it gives them (it is edited by the outlet for readers; a page's first heading
    often is not), the page's otherwise; where neither gives one, none is invented.
    """
    if isinstance(outcome, NoText):
        return ArticleExtractionFailed(
            article_id=page.article_id,
            page_event=page.page_event,
            page_sha256=page.page_sha256,
            reason=outcome.reason,
            detail=outcome.detail,
            method=METHOD,
            failed_at=at,
        )
    body_sha256 = text_sha256(outcome.text)
    if body_sha256 == page.previous_sha256:
        return ArticleUnchanged(
            article_id=page.article_id, page_event=page.page_event, body_sha256=body_sha256, method=METHOD, read_at=at
        )
    if (reason := outcome.quarantine) is not None:
        return quarantined(page, outcome, reason, outcome.quarantine_detail, at=at)
    if not outcome.posts and is_shorter_than_known(outcome.text, previous_text):  # a live blog lets old posts go
        detail = f"{len(tokens(outcome.text))} words of {len(tokens(previous_text or ''))}"
        return quarantined(page, outcome, "shorter_than_known", detail, at=at)
    title, title_origin = _title(page, outcome)
    published_at, published_origin, precision = _date(page, outcome)
    article = ArticleExtracted(
        article_id=page.article_id,
        url=page.url,
        outlet=outlet_key(page.url),
        feed_id=page.feed_id,
        first_seen_at=page.first_seen_at,
        title=title,
        title_origin=title_origin,
        published_at=published_at,
        published_origin=published_origin,
        published_precision=precision,
        author=outcome.author,
        language=outcome.language or page.language,
        section=outcome.section,
        flags=outcome.flags,
        body_sha256=body_sha256,
        words=len(tokens(outcome.text)),
        page_sha256=page.page_sha256,
        page_event=page.page_event,
        method=METHOD,
        extracted_at=at,
    )
    if page.previous_sha256 is None:
        return article
    before = shingles(tokens(previous_text or ""))
    change = 1 - jaccard(shingles(tokens(outcome.text)), before)
    added, removed = word_difference(previous_text or "", outcome.text)
    return ArticleRevised(
        **article.model_dump(),
        previous_sha256=page.previous_sha256,
        change=round(change, 4),
        words_added=added,
        words_removed=removed,
    )


def quarantined(page: PageToExtract, outcome: Extraction, reason: str, detail: str, *, at: dt.datetime) -> ArticleQuarantined:
    """The event that keeps a text and says why it does not count; the article, if there is one, keeps the text that it has."""
    return ArticleQuarantined(
        article_id=page.article_id,
        url=page.url,
        outlet=outlet_key(page.url),
        feed_id=page.feed_id,
        title=_title(page, outcome)[0],
        language=outcome.language or page.language,
        body_sha256=text_sha256(outcome.text),
        words=len(tokens(outcome.text)),
        reason=reason,
        detail=detail,
        page_sha256=page.page_sha256,
        page_event=page.page_event,
        method=METHOD,
        quarantined_at=at,
    )


def is_shorter_than_known(text: str, known: str | None) -> bool:
    """Whether a text is only a part of the known one, and much shorter: a paywall came down over the article.

    An outlet that cuts its own article by half in an edit looks the same; its fuller text stays, and the shorter one is kept in
    quarantine. The other way round, a claim that was published would vanish for a wall.
    """
    if not known:
        return False
    words, words_before = tokens(text), tokens(known)
    if not words or len(words) > _CUT_TO * len(words_before):
        return False
    own = shingles(words)
    return len(own & shingles(words_before)) >= _A_PART * len(own)


def is_boilerplate(text: str, titles: Iterable[str]) -> bool:
    """Whether a text that an outlet gave under these titles stands in the place of articles.

    Three different titles over the same words, none of which it bears out, are a wall in words that no list knows, or an
    imprint. One story at many addresses, with a headline for each, speaks of what its headlines say.
    """
    words = set(tokens(text))
    folds = {tuple(word for word in tokens(title) if len(word) >= _LONG_WORD) for title in titles} - {()}
    return sum(sum(word in words for word in title) < len(title) * _BORNE_OUT for title in folds) >= _DIFFERENT_TITLES


def word_difference(before: str, after: str) -> tuple[int, int]:
    """Words inserted and words deleted in the shortest way from one text to the other; a word that changed is one of each.

    What is left over by the longest common subsequence, counted bit-parallel: two texts of 30,000 words take tens of
    milliseconds, where difflib's search for blocks takes minutes. Case and punctuation count: corrections are made of them.
    """
    old, new = before.split(), after.split()
    kept = LCSseq.similarity(old, new)
    return len(new) - kept, len(old) - kept


def found_posts(page: PageToExtract, outcome: Extraction, *, at: dt.datetime) -> list[ArticlePostFound]:
    """The posts of a live blog as events; one that was seen before in the same wording has the same id and adds nothing."""
    return [
        ArticlePostFound(
            article_id=page.article_id,
            post_id=post.post_id,
            ordinal=number,
            url=post.url,
            headline=post.headline,
            published_at=post.published_at,
            published_precision=post.precision,
            body_sha256=text_sha256(post.text),
            words=len(tokens(post.text)),
            page_event=page.page_event,
            method=METHOD,
            found_at=at,
        )
        for number, post in enumerate(outcome.posts)
    ]


def _title(page: PageToExtract, outcome: Extraction) -> tuple[str, Origin]:
    if page.entry_title:
        return page.entry_title, "feed"
    return (outcome.title, "page") if outcome.title else ("", "none")


_NO_TRUTH = {"future", "ancient", "unreadable", "disputed"}  # doubts that leave a claim a claim; midnight only blurs it


def _date(page: PageToExtract, outcome: Extraction) -> tuple[dt.datetime | None, Origin, Precision]:
    """The date of publication that is believed: the feed's, or the page's where the feed's is doubted or missing, or none.

    A claim that is not believed stands in ``entry`` all the same. It is not replaced by a moment of ours: an article
    without a believable date has none. A feed that knows only days is believed for the day.
    """
    claimed, doubts = page.entry_published_at, set(page.entry_published_doubts or ())
    if claimed is not None and not doubts & _NO_TRUTH and _is_plausible(claimed, page.first_seen_at):
        is_day = page.entry_published_precision == "day" or "midnight" in doubts
        return claimed, "feed", "day" if is_day else "second"
    if outcome.published:
        try:
            moment = dt.datetime.fromisoformat(outcome.published)
        except ValueError:
            return None, "none", "none"
        is_day = moment.tzinfo is None  # a moment without its zone is one of 24: only its day is believed
        moment = dt.datetime.combine(moment.date(), dt.time(), dt.UTC) if is_day else moment.astimezone(dt.UTC)
        if _is_plausible(moment, page.first_seen_at):
            return moment, "page", "day" if is_day else "second"
    return None, "none", "none"


def _is_plausible(date: dt.datetime, first_seen_at: dt.datetime) -> bool:
    """Not before the web, and not more than a day after we saw it."""
    return ANCIENT <= date <= first_seen_at + AHEAD
