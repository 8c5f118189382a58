"""Is this a copy of what we know? Texts are strings of common words put together at random: fictional in any sense."""

import datetime as dt
import itertools
import random
import re

import pytest

from monitor.duplicates import (
    FEWEST_SHINGLES,
    MOST_OWNERS,
    WINDOW,
    DuplicateIndex,
    KnownText,
    MarkedText,
    TextToJudge,
    VetoRules,
    judge_duplicate,
)
from monitor.events import DuplicateJudged, Fingerprint
from monitor.fingerprints import fingerprint
from monitor.ids import text_sha256

NOW = dt.datetime(2031, 3, 10, 8, 0, tzinfo=dt.UTC)
VOCABULARY = re.findall(
    r"\w+",
    """envoy harbour delegates said draft strait council morning remarks return road bridge ferry letter clause list
window guard north south winter grain market talks session hall paper signed asked agreed waited crossed
counted seven twelve twenty port island line patrol boat radio family name prisoner captive phase week day
night hour minister judge doctor school water bread light stone field river coast tower signal flag map table
chair door key song bell train""",
)


def prose(seed: int, words: int = 240) -> str:
    """Words at random; two different seeds share no three in a row, but for chance."""
    rng = random.Random(seed)
    return " ".join(rng.choice(VOCABULARY) + (". " if n % 12 == 11 else "") for n in range(words))


def text(name: str, body: str, *, outlet: str = "", days: float = 0, own_cluster: str | None = None) -> TextToJudge:
    """A text to judge; unless told otherwise, from an outlet of its own."""
    return TextToJudge(
        text_event="text-1",
        article_id=name,
        body_sha256=text_sha256(body),
        text=body,
        outlet=outlet or f"{name}.test",
        seen_at=NOW + dt.timedelta(days=days),
        own_cluster_id=own_cluster,
    )


def document(name: str, body: str, *, one_in: int = 1, cluster: str = "") -> KnownText:
    """A seed document that is known by its fingerprint only."""
    return KnownText.of(
        fingerprint(body, one_in=one_in), owner_id=name, body_sha256=None, cluster_id=cluster or name, outlet="", seen_at=None
    )


def article(name: str, body: str, *, days: float = 0, cluster: str = "") -> KnownText:
    """An article of the window, whose text can be read."""
    return KnownText.of(
        fingerprint(body),
        owner_id=name,
        body_sha256=text_sha256(body),
        cluster_id=cluster or name,
        outlet=f"{name}.test",
        seen_at=NOW + dt.timedelta(days=days),
    )


def judge(*texts: TextToJudge, known: tuple[KnownText, ...] = (), bodies: tuple[str, ...] = ()) -> list[DuplicateJudged]:
    """Judge texts in their order against what is known; the bodies of all of them can be read."""
    store = {text_sha256(body): body for body in (*bodies, *(t.text for t in texts))}
    index = DuplicateIndex(known, store.get)
    return [judge_duplicate(MarkedText.of(t), index, VetoRules(), at=NOW).verdict for t in texts]


def asked(name: str, body: str):
    return MarkedText.of(text(name, body)).asked


def test_unrelated_texts_are_originals_in_clusters_of_their_own():
    verdicts = judge(text("a", prose(1)), text("b", prose(2)), text("c", prose(3)))
    assert [(v.verdict, v.relation, v.of, v.cluster_id) for v in verdicts] == [
        ("original", None, None, "a"),
        ("original", None, None, "b"),
        ("original", None, None, "c"),
    ]


def test_the_same_words_elsewhere_are_an_exact_copy_whatever_the_typography():
    _, copy = judge(text("a", prose(1)), text("b", prose(1).upper().replace(". ", " –\n\n")))
    assert (copy.verdict, copy.relation, copy.of, copy.cluster_id, copy.score) == ("exact", "same", "a", "a", 1.0)


def test_a_wire_report_with_other_furniture_is_the_same_report():
    wire = prose(1)
    _, copy = judge(text("a", wire), text("b", "PORT HALLEN (Vestria Wire) - " + wire + "\n" + prose(2, 20)))
    assert (copy.verdict, copy.relation, copy.of, copy.cluster_id) == ("near", "same", "a", "a")
    assert copy.agency == "Vestria Wire"


def test_a_wire_report_with_a_paragraph_more_is_a_near_copy():
    """A sentence of thirty words is no furniture."""
    wire = prose(1)
    _, copy = judge(text("a", wire), text("b", wire + "\n" + prose(2, 30).replace(".", ",") + "."))
    assert (copy.verdict, copy.relation, copy.of, copy.cluster_id) == ("near", "near_copy", "a", "a")


def test_the_opening_of_a_known_text_is_an_excerpt():
    whole = prose(1, 400)
    _, teaser = judge(text("a", whole), text("b", " ".join(whole.split()[:100])))
    assert (teaser.verdict, teaser.relation, teaser.containment) == ("near", "excerpt", 1.0)


def test_a_text_that_wraps_a_known_one_is_an_extension():
    core = prose(1, 200)
    _, longer = judge(text("a", core), text("b", core + " " + prose(2, 250)))
    assert (longer.verdict, longer.relation, longer.of) == ("near", "extended", "a")


def test_a_reworked_text_is_revised():
    """Every seventh word changed: much the same report, no copy."""
    words = prose(1).split()
    reworked = " ".join("other" if n % 7 == 3 else word for n, word in enumerate(words))
    _, verdict = judge(text("a", " ".join(words)), text("b", reworked))
    assert (verdict.verdict, verdict.relation) == ("near", "revised")


def test_a_shared_quotation_does_not_make_a_copy():
    quotation = prose(9, 40)
    _, other = judge(text("a", prose(1) + " " + quotation), text("b", prose(2) + " " + quotation))
    assert other.verdict == "original"


def test_a_copy_of_a_copy_joins_the_first_ones_cluster():
    wire = prose(1)
    verdicts = judge(*(text(name, wire + " " + prose(seed, 15)) for seed, name in enumerate("abcd", start=10)))
    assert [v.cluster_id for v in verdicts] == ["a"] * 4


def test_a_later_text_of_an_article_stays_in_its_cluster():
    """Even when the edit makes it the copy of something else."""
    _, _, edit = judge(text("a", prose(1)), text("b", prose(2)), text("a", prose(2), own_cluster="a"))
    assert (edit.verdict, edit.cluster_id, edit.of) == ("revision", "a", None)


def test_later_texts_are_compared_with_an_articles_edits_too():
    _, _, copy = judge(text("a", prose(1)), text("a", prose(2), own_cluster="a"), text("c", prose(2) + " " + prose(3, 10)))
    assert (copy.verdict, copy.of, copy.cluster_id) == ("near", "a", "a")


def test_an_article_is_not_a_copy_of_itself():
    [again] = judge(text("a", prose(1)), known=(article("a", prose(1)),))
    assert (again.verdict, again.of, again.cluster_id) == ("original", None, "a")


def template(seed: int, *, fixed: float) -> str:
    """The same form filled anew: of each sentence of twelve words the first share is fixed."""
    form, filling = prose(100, 300).split(), prose(seed, 300).split()
    return " ".join(f if n % 12 < 12 * fixed else w for n, (f, w) in enumerate(zip(form, filling, strict=False)))


@pytest.mark.parametrize("fixed", [0.6, 0.75, 0.85])
def test_one_outlets_template_filled_anew_is_not_merged(fixed):
    """The daily bulletin: same form, other facts, other address."""
    _, second = judge(
        text("a", template(1, fixed=fixed), outlet="bulletin.test"), text("b", template(2, fixed=fixed), outlet="bulletin.test")
    )
    assert second.verdict == "original"


def test_one_outlets_text_at_two_addresses_is_merged():
    whole = prose(1)
    _, second = judge(text("a", whole, outlet="gazette.test"), text("b", whole + " Read more here", outlet="gazette.test"))
    assert (second.verdict, second.of) == ("near", "a")


def test_a_seed_document_known_by_its_sample_only_is_recognised():
    seed = prose(1, 900)
    [copy] = judge(text("a", prose(5, 30) + " " + seed), known=(document("seed-1", seed, one_in=4),))
    assert (copy.verdict, copy.of, copy.cluster_id, copy.is_sampled) == ("near", "seed-1", "seed-1", True)
    assert copy.containment > 0.8


def test_an_exact_copy_of_a_seed_document_is_recognised_without_its_text():
    [copy] = judge(text("a", prose(1)), known=(document("seed-1", prose(1), one_in=16),))
    assert (copy.verdict, copy.of, copy.is_sampled) == ("exact", "seed-1", False)


def test_a_sample_too_small_to_tell_decides_nothing():
    """Of a short seed at one in sixteen a handful of hashes remain: no evidence."""
    seed = prose(1, 90)
    [verdict] = judge(text("a", seed + " " + prose(2, 30)), known=(document("seed-1", seed, one_in=16),))
    assert (verdict.verdict, verdict.is_sampled) == ("original", False)


def test_a_known_article_whose_text_is_not_at_hand_is_judged_by_its_sample():
    body = prose(1, 900)
    [copy] = judge(text("b", body + " " + prose(2, 30)), known=(article("a", body),))
    assert (copy.verdict, copy.of, copy.is_sampled) == ("near", "a", True)


@pytest.mark.parametrize(
    ("days", "verdict"), [(0, "near"), (13.9, "near"), (14.1, "original"), (-13.9, "near"), (-14.1, "original")]
)
def test_articles_are_compared_within_the_window(days, verdict):
    """Also backwards: documents are not always judged in the order of their dates."""
    body = prose(1)
    [judged] = judge(text("b", body + " " + prose(2, 15), days=days), known=(article("a", body),), bodies=(body,))
    assert judged.verdict == verdict
    assert dt.timedelta(days=14) == WINDOW


def test_an_exact_copy_outside_the_window_is_no_copy_either():
    """Else a run that happens to hold more history than another judges differently."""
    [judged] = judge(text("b", prose(1), days=40), known=(article("a", prose(1)),), bodies=(prose(1),))
    assert (judged.verdict, judged.cluster_id) == ("original", "b")


def test_the_seed_corpus_is_compared_with_for_ever():
    seed = prose(1, 900)
    [copy] = judge(text("a", seed + " " + prose(2, 30), days=4000), known=(document("seed-1", seed),))
    assert copy.of == "seed-1"


def test_short_texts_count_as_copies_only_when_they_are_equal():
    """A caption of thirty words resembles many others."""
    short = prose(1, FEWEST_SHINGLES)
    _, same, alike = judge(text("a", short), text("b", short.upper()), text("c", short + " ends"))
    assert (same.verdict, alike.verdict) == ("exact", "original")


def test_a_report_carried_by_very_many_outlets_is_still_one_report():
    """The bigger the news, the more outlets run the same wire text, each with its own furniture."""
    wire = prose(1)
    verdicts = judge(*(text(f"outlet{n}", wire + " " + prose(1000 + n, 15)) for n in range(MOST_OWNERS + 10)))
    assert {v.cluster_id for v in verdicts} == {"outlet0"}


def test_furniture_that_very_many_texts_share_makes_no_copies():
    furniture = prose(1, 120)
    verdicts = judge(
        *(text(f"a{n}", prose(1000 + n, 300) + " " + furniture, outlet="gazette.test") for n in range(MOST_OWNERS + 10))
    )
    assert {v.verdict for v in verdicts} == {"original"}


def test_the_order_in_which_known_texts_are_loaded_does_not_matter():
    """A replay reads the same rows in any order."""
    body = prose(1, 600)
    known = (
        article("a", body, cluster="a"),
        article("b", body + " " + prose(2, 20), cluster="a"),
        document("seed-1", prose(3, 600)),
        article("c", body, cluster="c"),
        article("d", prose(4)),
    )
    bodies = (body, body + " " + prose(2, 20), prose(4))
    for new in (
        text("x", body),
        text("y", body + " " + prose(5, 20)),
        text("z", prose(3, 600) + " " + prose(6, 20)),
        text("o", prose(7)),
    ):
        verdicts = [judge(new, known=order, bodies=bodies)[0] for order in itertools.permutations(known)]
        assert all(verdict == verdicts[0] for verdict in verdicts), new.article_id


def test_judging_again_from_the_same_state_gives_the_same_verdict():
    once, again = (
        judge(text("b", prose(1) + " " + prose(2, 15)), known=(article("a", prose(1)),), bodies=(prose(1),)) for _ in "ab"
    )
    assert once == again


def test_the_figures_of_a_verdict_explain_it():
    body = prose(1)
    _, copy = judge(text("a", body), text("b", body + " " + prose(2, 60)))
    assert copy.score >= max(copy.containment, copy.jaccard)
    assert copy.fingerprint == fingerprint(body + " " + prose(2, 60))
    assert isinstance(copy.fingerprint, Fingerprint)


def test_only_the_bodies_that_may_be_compared_are_asked_for():
    """Reading texts back is the slow part: unrelated ones stay where they are."""
    known = (article("a", prose(1)), article("far", prose(1), days=-60), article("other", prose(4)), document("seed-1", prose(1)))
    index = DuplicateIndex(known, lambda _: None)
    assert index.bodies_needed([asked("b", prose(1) + " " + prose(2, 15))]) == {text_sha256(prose(1))}
    assert index.bodies_needed([asked("c", prose(8))]) == set()
