"""The twenty questions of docs/questions.md, asked of the demo and compared with what its script says."""

import datetime as dt
import re
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from monitor.warehouse import WarehouseFiles, query_copy

ROOT = Path(__file__).resolve().parents[1]
NEWSROOM = ROOT / "warehouse/newsroom/gaza-ceasefire"
SCRIPT = tomllib.loads((NEWSROOM / "newsroom.toml").read_text(encoding="utf-8"))
HOSTS = {feed["id"]: feed["host"] for feed in SCRIPT["feed"]}
ARTICLES = {article["id"]: article for article in SCRIPT["article"]}
READ = {key: article for key, article in ARTICLES.items() if article["expect"]["gate"] != "off"}
TEXT = (ROOT / "docs/questions.md").read_text(encoding="utf-8")
QUESTIONS = [
    (int(number), told.strip(), statement.strip())
    for number, told, statement in re.findall(r"^## (\d+)\. [^\n]+\?\n(.*?)```sql\n(.*?)```", TEXT, re.MULTILINE | re.DOTALL)
]


def moment(poll: int) -> dt.datetime:
    return (SCRIPT["start"] + (poll - 1) * dt.timedelta(minutes=SCRIPT["step_minutes"])).replace(tzinfo=None)


def host(article: dict[str, Any]) -> str:
    return HOSTS[article["feed"]]


def url(article: dict[str, Any]) -> str:
    return f"http://{host(article)}/{article['slug']}"


def root(article: dict[str, Any]) -> str:
    """The id of the text that the script made an article from."""
    return article.get("copy_of", article["id"])


def alerts() -> list[tuple[str, int]]:
    """Name and poll of each proposal that the news brings."""
    owed = [(article["expect"]["alert"], article["poll"]) for article in SCRIPT["article"]]
    owed += [(edit["expect"]["alert"], edit["poll"]) for edit in SCRIPT["edit"]]
    return [(alert.split(":")[0], poll) for alert, poll in owed if alert]


def words(article: dict[str, Any]) -> str:
    """The text that the script gives an article: a copy without a text of its own has its original's."""
    own = NEWSROOM / "articles" / f"{article['id']}.txt"
    return (own if own.is_file() else NEWSROOM / "articles" / f"{root(article)}.txt").read_text(encoding="utf-8")


def bare(text: str) -> str:
    """Without marks that are put onto letters."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(letter))


@pytest.fixture(scope="module")
def answers(original_demo: Path) -> dict[int, list[tuple[Any, ...]]]:
    """Each statement of the page, run on the demo's warehouse."""
    return {number: query_copy(WarehouseFiles(original_demo), statement).rows for number, _, statement in QUESTIONS}


def test_there_are_twenty_questions_of_at_most_twelve_lines() -> None:
    """One statement each, and a sentence that says what it shows."""
    assert [number for number, _, _ in QUESTIONS] == list(range(1, 21))
    for number, told, statement in QUESTIONS:
        assert len(statement.splitlines()) <= 12, number
        assert ";" not in statement, number
        assert re.search(r"\w.+\.$", told, re.DOTALL), number


def test_question_1(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Articles and own texts of each outlet, and their shares."""
    articles = Counter(host(article) for article in READ.values())
    own = Counter(host(article) for article in READ.values() if article["expect"]["verdict"] == "original")
    texts = sum(own.values())
    expected = [
        (outlet, count, own[outlet], round(count / len(READ), 4), round(own[outlet] / texts, 4))
        for outlet, count in sorted(articles.items())
    ]
    assert answers[1] == expected


def test_question_2(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Texts with copies: first outlet, size, outlets, and how many copies are exact or near."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for article in READ.values():
        groups.setdefault(root(article), []).append(article)
    expected = Counter(
        (
            host(ARTICLES[key]),
            len(group),
            tuple(sorted({host(article) for article in group})),
            sum(article["expect"]["verdict"] == "exact" for article in group),
            sum(article["expect"]["verdict"] == "near" for article in group),
        )
        for key, group in groups.items()
        if len(group) > 1
    )
    assert Counter((row[0], row[2], tuple(row[3]), row[4], row[5]) for row in answers[2]) == expected


def test_question_3(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Every copy of the script is one copy of its outlet; its source is an outlet that had the text before."""
    copies = [article for article in READ.values() if "copy_of" in article]
    found: Counter[tuple[str, str]] = Counter()
    for _, outlet, count, exact, near, _ in answers[3]:
        assert count == exact + near
        found[outlet, "exact"] += exact
        found[outlet, "near"] += near
    assert +found == Counter((host(article), article["expect"]["verdict"]) for article in copies)
    before = {
        (host(other), host(copy))
        for copy in copies
        for other in READ.values()
        if root(other) == root(copy) and other["poll"] <= copy["poll"]
    }
    assert {(source, outlet) for source, outlet, *_ in answers[3]} <= before


def test_question_4(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """First reports and followers of each proposal, by the poll in which an outlet's first text on it was seen."""
    seen: dict[str, dict[str, int]] = {}
    links = [(slug, host(article), article["poll"]) for article in READ.values() for slug in article["expect"]["proposals"]]
    links += [
        (edit["expect"]["alert"].split(":")[0], host(ARTICLES[edit["article"]]), edit["poll"])
        for edit in SCRIPT["edit"]
        if edit["expect"]["alert"]
    ]
    for slug, outlet, poll in links:
        outlets = seen.setdefault(slug, {})
        outlets[outlet] = min(poll, outlets.get(outlet, poll))
    expected: Counter[tuple[str, str]] = Counter()
    for outlets in seen.values():
        if len(outlets) > 1:
            for outlet, poll in outlets.items():
                expected[outlet, "first" if poll == min(outlets.values()) else "followed"] += 1
    found = Counter(
        {
            (outlet, what): count
            for outlet, _, first, followed, _ in answers[4]
            for what, count in (("first", first), ("followed", followed))
        }
    )
    missed = expected - found
    assert sum((found - expected).values()) == 0
    assert sum(missed.values()) <= 0.1 * sum(expected.values()), missed


def test_question_5(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Articles, edits and proposals up to the poll of the moment, and in all."""
    at_two = dt.datetime(2025, 6, 10, 14)
    news = [poll for _, poll in alerts()]
    (_, articles, all_articles), (_, edits, all_edits), (_, proposals, all_proposals) = answers[5]
    assert (articles, all_articles) == (sum(moment(article["poll"]) <= at_two for article in READ.values()), len(READ))
    assert (edits, all_edits) == (sum(moment(edit["poll"]) <= at_two for edit in SCRIPT["edit"]), len(SCRIPT["edit"]))
    late = sum(moment(poll) > dt.datetime(2025, 6, 10, 12) for poll in news)
    assert late > 0
    assert all_proposals - proposals == late


def test_question_6(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Each proposal that the script lets the news bring is said to be its proposer's; the sentence is in some text."""
    assert {party for _, _, party, *_ in answers[6]} == {slug.split("-")[0] for slug, _ in alerts()}
    assert len({proposal for proposal, *_ in answers[6]}) == len(alerts())
    told = " ".join(words(article) for article in READ.values()) + " ".join(edit["replace"] for edit in SCRIPT["edit"])
    for *_, sentence in answers[6]:
        assert " ".join(sentence.split()) in " ".join(told.split())


def test_question_7(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """In order of time; every sentence stands in an article of that outlet which speaks of the proposal, in the script."""
    assert answers[7]
    speaking = [article for article in READ.values() if "witkoff-60day-may-2025" in article["expect"]["proposals"]]
    for _, _, _, _, _, outlet, articles, sentence, _ in answers[7]:
        places = [article for article in speaking if " ".join(sentence.split()) in " ".join(words(article).split())]
        assert outlet in {host(article) for article in places}
        assert articles <= len(places)
    assert len({row[-2:] for row in answers[7]}) <= len(answers[7])


def test_question_8(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Headlines with the word by poll; hours without a poll are there and have no rate."""
    polls = {moment(poll): poll for poll in (1, 2, 3, 4)}
    assert [row[0] for row in answers[8]] == [moment(1) + dt.timedelta(hours=hour) for hour in range(13)]
    for bucket, articles, _, feeds_alive, per_feed, gap in answers[8]:
        if bucket not in polls:
            assert (articles, feeds_alive, per_feed, gap) == (0, 0, None, "no polls")
            continue
        expected = sum(
            bool(re.search(r"\btruce", article["title"], re.IGNORECASE))
            for article in READ.values()
            if article["poll"] == polls[bucket]
        )
        assert articles == expected
        assert per_feed == round(expected / feeds_alive, 4)


def test_question_9(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Every word stands in as many texts' headlines of the afternoon as is said, and in none of the morning."""
    noon = dt.datetime(2025, 6, 10, 12)
    morning: set[str] = set()
    afternoon: dict[str, set[str]] = {}
    for article in READ.values():
        for word in re.findall(r"[^\W\d_]{3,}", bare(article["title"]).replace("ى", "ي").replace("ة", "ه")):
            if moment(article["poll"]) < noon:
                morning.add(word)
            else:
                afternoon.setdefault(word, set()).add(root(article))
    expected = {word: len(texts) for word, texts in afternoon.items() if len(texts) > 1 and word not in morning}
    assert {word: texts for word, texts, _ in answers[9]} == expected


def test_question_10(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """The Arabic articles of the script whose title or text has the word, vowel signs or not."""
    languages = {feed["id"]: feed["language"] for feed in SCRIPT["feed"]}
    expected = {
        url(article)
        for article in READ.values()
        if languages[article["feed"]] == "ar" and re.search("هدن[ةه]", bare(article["title"] + " " + words(article)))
    }
    assert expected
    assert {row[-1] for row in answers[10]} == expected
    assert [row[0] for row in answers[10]] == sorted((row[0] for row in answers[10]), reverse=True)


def test_question_11(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Each edit of the script once, at its poll, with as many words gone and come as its two wordings differ by."""
    edits = [(moment(edit["poll"]), host(ARTICLES[edit["article"]])) for edit in SCRIPT["edit"]]
    assert [row[:2] for row in answers[11]] == sorted(edits)
    lengths = {(moment(edit["poll"]), host(ARTICLES[edit["article"]])): edit for edit in SCRIPT["edit"]}
    for seen, outlet, _, added, removed, _ in answers[11]:
        edit = lengths[seen, outlet]
        assert added - removed == len(edit["replace"].split()) - len(edit["find"].split())


def test_question_12(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Copies and off-topic headlines are those of the script; every entry is somewhere."""
    found: Counter[str] = Counter()
    for _, outcome, _, entries, *_ in answers[12]:
        found[outcome] += entries
    assert found["copy"] == sum("copy_of" in article for article in READ.values())
    assert found["off_topic"] == sum(article["expect"]["gate"] == "off" for article in ARTICLES.values())
    assert found.total() - found["rejected"] == len(ARTICLES)
    assert sum(share for *_, share, _ in answers[12]) == pytest.approx(1, abs=0.001)


def test_question_13(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """All articles with a text are counted, and no more are measured than came after the first poll."""
    articles = Counter(host(article) for article in READ.values())
    late = Counter(host(article) for article in READ.values() if article["poll"] > 1)
    found: Counter[str] = Counter()
    for outlet, _, count, measured, median, nine, *_ in answers[13]:
        found[outlet] += count
        assert measured <= late[outlet]
        assert (median is None) == (measured == 0)
        assert median is None or 0 <= median <= nine <= 2880
    assert found == articles


def test_question_14(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """The feeds that the script breaks, which are those without a single article that was seen."""
    heard = {article["feed"] for article in SCRIPT["article"]}
    assert {row[0] for row in answers[14]} == {feed["name"] for feed in SCRIPT["feed"] if feed["id"] not in heard}
    assert all(failures == polls == 4 and last is None for *_, polls, failures, last in answers[14])


def test_question_15(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """One row for each alert that the script owes, at its poll; the sentence is the script's, and a record is named."""
    assert Counter(row[0] for row in answers[15]) == Counter(moment(poll) for _, poll in alerts())
    told = " ".join(" ".join([*map(words, READ.values()), *(edit["replace"] for edit in SCRIPT["edit"])]).split())
    for *_, sentence, by_an_edit, file, offset in answers[15]:
        assert " ".join(sentence.split()) in told
        assert by_an_edit == any(" ".join(sentence.split()) in " ".join(edit["replace"].split()) for edit in SCRIPT["edit"])
        assert file.endswith(".warc.gz")
        assert offset > 0


def test_question_16(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """A range has two ends, and at least one outlet of the script behind it."""
    assert answers[16]
    for _, _, lowest, highest, outlets in answers[16]:
        assert lowest < highest
        assert 1 <= outlets <= len(HOSTS)


def test_question_17(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Four kinds at most, the most frequent first; no more articles than the script has on the topic."""
    assert {kind for kind, *_ in answers[17]} <= {"official", "party", "anonymous", "writer"}
    assert [claims for _, claims, _ in answers[17]] == sorted((claims for _, claims, _ in answers[17]), reverse=True)
    assert all(0 < articles <= min(claims, len(READ)) for _, claims, articles in answers[17])


def test_question_18(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """One day with four polls of each feed; those that the script breaks failed."""
    heard = {article["feed"] for article in SCRIPT["article"]}
    feeds = len(SCRIPT["feed"])
    broken = feeds - len(heard)
    ((day, known, alive, failed, polls, failed_polls, entries),) = answers[18]
    assert (day, known, alive, failed) == (SCRIPT["start"].date(), feeds, feeds - broken, broken)
    assert (polls, failed_polls) == (4 * feeds, 4 * broken)
    assert entries >= len(ARTICLES)


def test_question_19(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Counted by the language of the script's feeds, each of which writes in one."""
    languages = {feed["id"]: feed["language"] for feed in SCRIPT["feed"]}
    articles = Counter(languages[article["feed"]] for article in READ.values())
    texts = {language: len({root(one) for one in READ.values() if languages[one["feed"]] == language}) for language in articles}
    assert {language: count for language, count, *_ in answers[19]} == articles
    assert {language: count for language, _, count, _ in answers[19]} == texts


def test_question_20(answers: dict[int, list[tuple[Any, ...]]]) -> None:
    """Sentences of the script, each at the address of an article that has it."""
    assert answers[20]
    by_url = {url(article): " ".join(words(article).split()) for article in READ.values()}
    for _, _, sentence, address in answers[20]:
        assert " ".join(sentence.split()) in by_url[address]
