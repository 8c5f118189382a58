"""Each macro on a small history made by hand, with answers that can be counted on the fingers. Everything in it is fictional."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pytest

from monitor.events import (
    ArticleExtracted,
    ArticleRead,
    ArticleRevised,
    ClaimMade,
    DuplicateJudged,
    Event,
    EventData,
    FeedPolled,
    FeedPollFailed,
    FeedRegistered,
    Fingerprint,
    MentionDetected,
    MentionResolved,
    ProposalOpened,
    Span,
)
from monitor.ids import text_sha256
from monitor.warehouse import WarehouseFiles, open_live

START = dt.datetime(2031, 3, 1, tzinfo=dt.UTC)
NO_PAGE = "00000000-0000-5000-8000-000000000000"


def at(days: float = 0, hours: float = 0) -> dt.datetime:
    return START + dt.timedelta(days=days, hours=hours)


def sql_moment(moment: dt.datetime) -> str:
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'"


class History:
    """Events in the order in which they are told, and the texts that they bring."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.bodies: list[tuple[str, str]] = []
        self.clusters: dict[str, str] = {}

    def add(self, data: EventData, moment: dt.datetime) -> Event:
        event = Event.of(data, at=moment, run_id="run-1", topic="invented")
        self.events.append(event)
        return event

    def feed(self, name: str, moment: dt.datetime = START) -> None:
        self.add(
            FeedRegistered(
                feed_id=name,
                url=f"https://{name}.test/",
                name=name,
                language="en",
                country="ZZ",
                kind="wire",
                registered_at=moment,
            ),
            moment,
        )

    def poll(self, feed: str, moment: dt.datetime, *, fails: bool = False) -> None:
        later = moment + dt.timedelta(hours=1)
        if fails:
            self.add(FeedPollFailed(feed_id=feed, polled_at=moment, reason="timeout", next_poll_at=later), moment)
        else:
            self.add(
                FeedPolled(feed_id=feed, polled_at=moment, outcome="unchanged", status=200, final_url="u", next_poll_at=later),
                moment,
            )

    def _text(
        self, name: str, outlet: str, title: str, text: str, language: str, seen: dt.datetime, moment: dt.datetime
    ) -> dict[str, Any]:
        self.bodies.append((text_sha256(text), text))
        return {
            "article_id": f"article-{name}",
            "url": f"https://{outlet}.test/{name}",
            "outlet": outlet,
            "feed_id": outlet,
            "first_seen_at": seen,
            "title": title,
            "title_origin": "feed",
            "published_at": None,
            "published_origin": "none",
            "published_precision": "none",
            "author": None,
            "language": language,
            "body_sha256": text_sha256(text),
            "words": len(text.split()),
            "page_sha256": "0" * 64,
            "page_event": NO_PAGE,
            "method": f"test-{moment.isoformat()}",
            "extracted_at": moment,
        }

    def _judge(self, name: str, told: Event, text: str, verdict: str, of: str | None, moment: dt.datetime) -> None:
        cluster = self.clusters.setdefault(name, self.clusters[of] if of else f"article-{name}")
        self.add(
            DuplicateJudged.model_validate(
                {
                    "article_id": f"article-{name}",
                    "text_event": str(told.event_id),
                    "body_sha256": text_sha256(text),
                    "verdict": verdict,
                    "relation": None,
                    "of": f"article-{of}" if of else None,
                    "score": 0.5,
                    "containment": 0.5,
                    "jaccard": 0.2,
                    "is_sampled": False,
                    "cluster_id": cluster,
                    "fingerprint": Fingerprint(content_sha256="0" * 64, words=1, shingles=1, one_in=16, sample=""),
                    "method": "test",
                    "judged_at": moment,
                }
            ),
            moment,
        )
        self.add(
            ArticleRead(
                article_id=f"article-{name}",
                text_event=str(told.event_id),
                body_sha256=text_sha256(text),
                gate="on_topic",
                gate_why=(),
                mentions=0,
                claims=0,
                method="test",
                read_at=moment,
            ),
            moment,
        )

    def article(
        self, name: str, outlet: str, moment: dt.datetime, title: str = "A title", text: str = "", *, copy_of: str | None = None,
        verdict: str = "near", language: str = "en",
    ) -> None:  # fmt: skip
        """An article that is seen, judged and read at one moment."""
        text = text or f"The text of {name}."
        told = self.add(ArticleExtracted(**self._text(name, outlet, title, text, language, moment, moment)), moment)
        self._judge(name, told, text, verdict if copy_of else "original", copy_of, moment)

    def edit(self, name: str, outlet: str, seen: dt.datetime, moment: dt.datetime, title: str, text: str) -> None:
        """Another text of a known article."""
        facts = self._text(name, outlet, title, text, "en", seen, moment)
        told = self.add(ArticleRevised(**facts, previous_sha256="1" * 64, change=0.25), moment)
        self._judge(name, told, text, "revision", None, moment)

    def proposal(self, name: str, moment: dt.datetime) -> None:
        self.add(
            ProposalOpened(
                proposal_id=f"proposal-{name}", label=f"Offer {name}", kind="other", status="open", proposers=("norland",), claimed_by=(),
                mediators=(), nicknames=(f"the-{name}",), announced_at=None, active_from=None, active_until=None, readings=(),
                mention_id=None, article_id=None, opened_at=moment,
            ),
            moment,
        )  # fmt: skip

    def claim(
        self,
        article: str,
        proposal: str,
        party: str,
        act: str,
        said_by: str,
        moment: dt.datetime,
        resolved: dt.datetime | None = None,
    ) -> None:
        """A mention of a proposal with a claim; the ledger decides at once, or later."""
        mention = f"mention-{article}-{party}-{act}"
        self.add(
            MentionDetected(
                mention_id=mention, article_id=f"article-{article}", body_sha256="2" * 64, ordinal=0, frame=Span(start=0, end=5, text="offer"),
                window_start=0, window_end=9, quote="The offer.", proposers=(), claimed_by=(), mediators=(), nicknames=(), readings=(),
                is_proposing=False, lineage=None, answers=(), background=None, said_by=said_by, specificity=1.0, rules=("noun",),
                reported_at=moment, method="test", detected_at=moment,
            ),
            moment,
        )  # fmt: skip
        self.add(
            ClaimMade(
                claim_id=f"claim-{mention}", mention_id=mention, article_id=f"article-{article}", party=party, act=act, scope="proposal",
                is_negated=False, said_by=said_by, span=Span(start=0, end=9, text=f"{party} {act} it, in {article}."), rule="test", method="test",
                made_at=moment,
            ),
            moment,
        )  # fmt: skip
        self.add(
            MentionResolved(
                mention_id=mention, article_id=f"article-{article}", outcome="known", proposal_id=f"proposal-{proposal}",
                nearest_id=f"proposal-{proposal}", score=5, lead=5, rows=(), method="test", resolved_at=resolved or moment,
            ),
            resolved or moment,
        )  # fmt: skip


Ask = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def telling(folder: Path) -> Iterator[Callable[[History], Ask]]:
    """Appends a history and gives what asks the published copy."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def tell(history: History) -> Ask:
        files = WarehouseFiles(folder)
        with open_live(files) as live:
            ordered = sorted(history.events, key=lambda event: event.recorded_at)
            for _, batch in groupby(ordered, key=lambda event: event.type):  # as a run does: a stage is a batch
                live.append(list(batch), history.bodies)
            live.publish()
        opened.append(duckdb.connect(str(files.copy), read_only=True))
        return lambda statement: opened[-1].execute(statement).fetchall()

    yield tell
    for connection in opened:
        connection.close()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Callable[[History], Ask]]:
    with telling(tmp_path) as tell:
        yield tell


Tell = Callable[[History], Ask]


# ---- as known at


def test_an_edit_after_the_moment_is_not_known_yet(told: Tell) -> None:
    """Title, text, revisions and the time of the edit are those of the moment; afterwards those of the edit."""
    history = History()
    history.feed("north")
    history.article("a", "north", at(0, 1), "Talks", "The first text.")
    history.article("b", "north", at(0, 1), "Ferries", "Ferries sail.")
    history.edit("a", "north", at(0, 1), at(0, 5), "Talks fail", "The second text.")
    ask = told(history)
    columns = "article_id, title, body_sha256, revisions, revised_at, verdict, read_event = text_event, judged_event = text_event"
    before = ask(f"SELECT {columns} FROM article_as_known_at({sql_moment(at(0, 4))}) ORDER BY ALL")
    first, second = text_sha256("The first text."), text_sha256("The second text.")
    assert before == [
        ("article-a", "Talks", first, 0, None, "original", True, True),
        ("article-b", "Ferries", text_sha256("Ferries sail."), 0, None, "original", True, True),
    ]
    after = ask(f"SELECT {columns} FROM article_as_known_at({sql_moment(at(0, 5))}) WHERE article_id = 'article-a'")
    edited = at(0, 5).replace(tzinfo=None)
    assert after == [("article-a", "Talks fail", second, 1, edited, "original", True, True)]
    assert ask(f"SELECT count(*) FROM article_version_as_known_at({sql_moment(at(0, 4))})") == [(2,)]
    everything = f"FROM article_as_known_at({sql_moment(at(9))})"
    assert sorted(map(repr, ask(everything))) == sorted(map(repr, ask("FROM article")))


def test_a_claim_counts_once_the_ledger_had_decided(told: Tell) -> None:
    """Read at two, decided on at four: no position at three, and a mention without an outcome."""
    history = History()
    history.feed("north")
    history.proposal("x", at(0, 1))
    history.article("a", "north", at(0, 2))
    history.claim("a", "x", "norland", "accepted", "anonymous", at(0, 2), resolved=at(0, 4))
    ask = told(history)
    three, four = sql_moment(at(0, 3)), sql_moment(at(0, 4))
    assert ask(f"SELECT outcome, proposal_id, score FROM mention_as_known_at({three})") == [(None, None, None)]
    assert ask(f"SELECT count(*) FROM claim_as_known_at({three})") == [(1,)]
    assert ask(f"FROM position_as_known_at({three})") == []
    known = ask(f"SELECT label, party, act, said_by, articles, outlet FROM position_as_known_at({four})")
    assert known == [("Offer x", "norland", "accepted", "anonymous", 1, "north")]
    assert ask(f"SELECT count(*) FROM proposal_as_known_at({sql_moment(at())})") == [(0,)]


# ---- trend


def weeks(fails: Sequence[int] = (), few: Sequence[int] = ()) -> History:
    """Ten days, two feeds polled every six hours, two articles a day, one of which names a truce; polls fail on some days."""
    history = History()
    history.feed("north")
    history.feed("south")
    for day in range(10):
        for hour in (0, 6, 12, 18):
            for feed in ("north", "south"):
                history.poll(feed, at(day, hour), fails=day in fails or (day in few and (hour > 0 or feed == "south")))
        if day not in fails:
            history.article(f"t{day}", "north", at(day), "Norland offers a truce")
            history.article(f"o{day}", "south", at(day), "Ferries sail again")
    return history


def trend(ask: Ask, term: str = "truce", **options: str) -> dict[int, tuple[Any, ...]]:
    given = "".join(f", {name} := {value}" for name, value in {"days": "9", "until": sql_moment(at(9, 23)), **options}.items())
    rows = ask(f"SELECT bucket, articles, all_articles, feeds_alive, per_feed, gap FROM trend('{term}'{given})")
    return {(bucket - START.replace(tzinfo=None)).days: tuple(rest) for bucket, *rest in rows}


def test_a_calm_week_has_a_rate_on_every_day(told: Tell) -> None:
    """Also for a term that nobody names: nought, and not missing."""
    ask = told(weeks())
    assert trend(ask) == dict.fromkeys(range(10), (1, 2, 2, 0.5, None))
    assert trend(ask, "armistice") == dict.fromkeys(range(10), (0, 2, 2, 0.0, None))


def test_an_outage_is_not_calm(told: Tell) -> None:
    """Two days without an answered poll have no rate and say why; the day after says that it brings what was missed."""
    found = trend(told(weeks(fails=(4, 5))))
    assert found[4] == found[5] == (0, 0, 0, None, "no polls")
    assert found[6] == (1, 2, 2, 0.5, "after a gap")
    assert {day: row for day, row in found.items() if day not in (4, 5, 6)} == dict.fromkeys(
        (0, 1, 2, 3, 7, 8, 9), (1, 2, 2, 0.5, None)
    )


def test_a_day_with_few_polls_has_no_rate(told: Tell) -> None:
    """One answer where there are usually eight."""
    assert trend(told(weeks(few=(7,))))[7] == (1, 2, 1, None, "few polls")


def test_weeks_copies_and_spellings_of_a_trend(told: Tell) -> None:
    """A bucket of seven days; copies count as articles and not as texts; capitals and accents do not matter."""
    history = weeks()
    history.article("copy", "south", at(8), "TRUCÉ OFFERED", copy_of="t8")
    ask = told(history)
    assert ask("SELECT sum(articles), sum(texts) FROM trend('truce', bucket := 'week', days := 9)") == [(11, 10)]
    assert trend(ask, "norland offers")[3][0] == 1
    assert trend(ask, "uce")[3][0] == 0


# ---- who says what, and who follows whom


def syndicated() -> History:
    """The wire writes two texts; north copies both after two hours, south one after six hours; south writes one itself."""
    history = History()
    for name in ("wire", "north", "south"):
        history.feed(name)
    history.article("w1", "wire", at(1))
    history.article("w2", "wire", at(2))
    history.article("n1", "north", at(1, 2), copy_of="w1", verdict="exact")
    history.article("n2", "north", at(2, 2), copy_of="w2")
    history.article("s1", "south", at(1, 6), copy_of="n1")
    history.article("s2", "south", at(3))
    return history


def test_shares_of_outlets(told: Tell) -> None:
    """Loud by articles, quiet by texts of one's own; outside the window nobody counts."""
    ask = told(syndicated())
    rows = ask(f"FROM share_of_voice({sql_moment(at(1))}, {sql_moment(at(4))})")
    assert rows == [
        ("north", 2, 0, 2, 0.3333, 0.0),
        ("south", 2, 1, 1, 0.3333, 0.3333),
        ("wire", 2, 2, 0, 0.3333, 0.6667),
    ]
    assert ask(f"SELECT voice FROM share_of_voice({sql_moment(at(3))}, {sql_moment(at(4))})") == [("south",)]


def test_shares_of_speakers_and_parties(told: Tell) -> None:
    """A text that two outlets carry is two articles and one text for its speaker."""
    history = syndicated()
    history.proposal("x", at(0))
    for article in ("w1", "n1"):
        history.claim(article, "x", "norland", "accepted", "official:norland", at(1, 3))
    history.claim("s2", "x", "sudmark", "rejected", "anonymous", at(3))
    ask = told(history)
    window = f"{sql_moment(at(1))}, {sql_moment(at(4))}"
    assert ask(
        f"SELECT voice, articles, texts, share_of_articles, share_of_texts FROM share_of_voice({window}, per := 'speaker')"
    ) == [
        ("official:norland", 2, 1, 0.6667, 0.5),
        ("anonymous", 1, 1, 0.3333, 0.5),
    ]
    assert ask(f"SELECT voice, articles FROM share_of_voice({window}, per := 'party')") == [("norland", 2), ("sudmark", 1)]


def test_a_late_source_lags(told: Tell) -> None:
    """Behind the first sight of the same text; texts that one outlet alone carries are no race."""
    ask = told(syndicated())
    columns = "outlet, reports, first, followed, median_hours, most_hours"
    assert ask(f"SELECT {columns} FROM lag_by_source()") == [
        ("north", 2, 0, 2, 2.0, 2.0),
        ("south", 1, 0, 1, 6.0, 6.0),
        ("wire", 2, 2, 0, None, None),
    ]
    assert ask(f"SELECT outlet, followed FROM lag_by_source(days := 1, until := {sql_moment(at(2, 3))}) ORDER BY 1") == [
        ("north", 1),
        ("wire", 0),
    ], "a text that was first seen before the window is left out, with all who followed"


def test_a_late_source_of_a_proposal_lags(told: Tell) -> None:
    """The same race over proposals, whatever the texts."""
    history = syndicated()
    history.proposal("x", at(0))
    history.claim("w1", "x", "norland", "accepted", "anonymous", at(1))
    history.claim("s2", "x", "norland", "accepted", "anonymous", at(3))
    assert told(history)("SELECT outlet, first, followed, median_hours FROM lag_by_source(per := 'proposal')") == [
        ("south", 0, 1, 48.0),
        ("wire", 1, 0, None),
    ]


def test_who_is_copied_by_whom(told: Tell) -> None:
    """The source is what the copy was nearest to, also where that is a copy itself."""
    assert told(syndicated())("SELECT source, outlet, copies, exact, near, hours FROM syndication()") == [
        ("wire", "north", 2, 1, 1, 2.0),
        ("north", "south", 1, 0, 1, 4.0),
    ]


def test_stances_in_order_of_time(told: Tell) -> None:
    """By nickname, label or id; a copy is counted and not repeated; another proposal's claims are left out."""
    history = syndicated()
    for name in ("x", "y"):
        history.proposal(name, at(0))
    history.claim("w1", "x", "norland", "received", "anonymous", at(1))
    history.claim("n1", "x", "norland", "received", "anonymous", at(1, 2))
    history.claim("s2", "x", "norland", "rejected", "official:norland", at(3))
    history.claim("w2", "y", "norland", "accepted", "anonymous", at(2))
    ask = told(history)
    columns = "party, act, said_by, outlet, articles, sentence"
    expected = [
        ("norland", "received", "anonymous", "wire", 2, "norland received it, in w1."),
        ("norland", "rejected", "official:norland", "south", 1, "norland rejected it, in s2."),
    ]
    for name in ("the-x", "Offer x", "proposal-x"):
        assert ask(f"SELECT {columns} FROM stance_timeline('{name}')") == expected
    assert ask("FROM stance_timeline('nothing of that name')") == []


def test_new_words_and_rising_ones(told: Tell) -> None:
    """A word of the baseline that rises, one that is new, none that stays; copies do not make a wave."""
    history = History()
    history.feed("north")
    for day in range(8):
        history.article(f"b{day}", "north", at(day), "Talks go on" + (" in Vestria" if day == 0 else ""))
    for number in range(4):
        history.article(f"n{number}", "north", at(20, number), "Talks go on" + (" in Vestria: corridor" if number < 2 else ""))
    for number in range(3):
        history.article(f"c{number}", "north", at(20, 9), "Armistice Day", copy_of="n3")
    found = told(history)(f"SELECT word, texts, baseline_texts, is_new FROM new_terms({sql_moment(at(20))})")
    assert found == [("corridor", 2, 0, True), ("vestria", 2, 1, False)]


# ---- search

ARABIC = "قدّمت مصر مُقترحًا جديدًا لهُدنةٍ مدتها عشرون يومًا"
HEBREW = "מצרים הציגה הַצָּעָה חדשה להפסקת־אש"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Texts in four scripts and spellings; the oldest lies a hundred days back."""
    history = History()
    history.feed("north")
    history.article("old", "north", at(0), "An old truce", "A truce long ago.")
    history.article(
        "title", "north", at(100), "Truce agreed", "Both sides agreed on a truce, and the truce holds for sixty days."
    )
    history.article(
        "text",
        "north",
        at(100),
        "Ferries sail",
        "They sail since the truce, which the port welcomes, as do many other people in the town.",
    )
    history.article("fire", "north", at(100), "Quiet", "A ceasefire for sixty long days. Fire brigades rest.")
    history.article("ar", "north", at(100), "أخبار", ARABIC, language="ar")
    history.article("he", "north", at(100), "חדשות", HEBREW, language="he")
    history.article("tr", "north", at(100), "“Türkiye” konuştu", "İstanbul’da görüşmeler", language="tr")
    with telling(tmp_path_factory.mktemp("library")) as tell:
        yield tell(history)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("truce", ["title", "text"]),  # the title and two more places before one place in a long text
        ("TRUCE agreed", ["title"]),
        ("ferries truce", ["text"]),  # one word in the title, the other in the text
        ("truce zebra", []),
        ("sixty-days", ["title"]),
        ("fire", ["fire"]),
        ("ceasefire fire", ["fire"]),
        ("هدنة", ["ar"]),  # without signs, inside a word with a preposition
        ("هُـدنه", ["ar"]),  # tatweel, heh for teh marbuta
        ("مقترحا جديدا", ["ar"]),
        ("اخبار", ["ar"]),  # alef without its hamza
        ("הצעה", ["he"]),
        ("הפסקת-אש", ["he"]),
        ("turkiye", ["tr"]),
        ("ISTANBUL gorusmeler", ["tr"]),
        ("", []),
        ("?!", []),
        ("50% (o'clock) [x] \\d+ *", []),
    ],
)
def test_search_finds_words_in_any_spelling(library: Ask, words: str, found: list[str]) -> None:
    """In order of rank, within the last thirty days."""
    quoted = words.replace("'", "''")
    assert library(f"SELECT article_id FROM search('{quoted}')") == [(f"article-{name}",) for name in found]


def test_search_can_look_further_back_and_at_an_earlier_time(library: Ask) -> None:
    """The window's length and its end are parameters, and so is the most that is given."""
    assert len(library("FROM search('truce', days := 200)")) == 3
    assert library(f"SELECT article_id FROM search('truce', until := {sql_moment(at(50))}, days := 60)") == [("article-old",)]
    assert library("SELECT article_id FROM search('truce', most := 1)") == [("article-title",)]


def test_search_shows_the_place(library: Ask) -> None:
    """The excerpt begins a little before the first hit."""
    assert "truce, which the port" in library("SELECT excerpt FROM search('truce ferries')")[0][0]


@pytest.mark.parametrize(
    ("text", "phrase", "is_named"),
    [("“Truce” now", "truce", True), ("a cease-fire", "cease fire", True), ("ceasefire", "fire", False), ("الهدنة", "هدنة", True),
     ("x", " ", None), (None, "truce", None), ("", "truce", False)],
)  # fmt: skip
def test_what_names_a_phrase(told: Tell, text: str | None, phrase: str, is_named: bool | None) -> None:
    """The scalar that trend and search use; nothing asked for gives NULL."""
    value = "NULL" if text is None else f"'{text}'"
    answer = told(History())(f"SELECT names({value}, '{phrase}')")[0][0]
    assert answer is is_named or (text is None and not answer)
