"""Changes to a text that must not change, or must undo, what it alerts on. All parties and texts are fictional."""

import datetime as dt
import itertools

import pytest

from monitor.detection import Detector, GivenArticle
from monitor.mentions import Rules

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)
TEXTS = (
    "Norland has presented a new proposal for a 20-day truce. Five captives would be freed under the proposal, mediators said.",
    "Sudmark has submitted a counter-proposal to the Lighthouse plan for a 70-day truce, a Sudmark official said.",
    "Sudmark discussed the Lighthouse plan for a 40-day truce on Monday.",
    "Norland's proposal for a truce of 20 days would free five captives. Sudmark is studying it.",
)
FURNITURE = "\n\nRead more: talks in the strait\nSubscribe to our newsletter\nPhoto: Gazette of Norland. Share this article"
OTHER_WAR = "\n\nIn Kelmar, Ostland forces offered Kelmar a truce of 15 days and proposed to free 200 captives, the Ostland army said.\n\n"


@pytest.fixture(scope="module")
def rules(profile):
    return Rules(profile)


@pytest.fixture
def alerts(rules):
    """The alerts that texts raise, read one after the other with one ledger."""

    def run(texts):
        detector = Detector(rules, at=NOW)
        given = [GivenArticle(id=f"a{number}", text=text, published="2031-04-02") for number, text in enumerate(texts)]
        lines = [detector.read(article.as_text(language="en", today=NOW))[1] for article in given]
        return [alert for line in lines for alert in line["alerts"]]

    return run


def test_two_of_the_texts_tell_of_something_new(alerts):
    assert sorted(alert["kind"] for alert in alerts(TEXTS)) == ["new", "variant"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(len(TEXTS)))))
def test_the_order_changes_nothing(alerts, order):
    assert len(alerts([TEXTS[number] for number in order])) == 2


def test_copies_and_their_furniture_multiply_nothing(alerts):
    assert len(alerts([*TEXTS, *TEXTS])) == 2
    assert len(alerts([text + FURNITURE for text in TEXTS for _ in range(2)])) == 2


def test_renamed_parties_propose_alike(alerts):
    """Nothing depends on which of the two it is."""
    swapped = TEXTS[0].replace("Norland", "Sudmark")
    [alert] = alerts([swapped])
    assert alert["label"].startswith("Sudmark: 20 days")


def test_a_number_changed_by_one_is_the_same_proposal(alerts):
    """Reports of one proposal differ in their numbers."""
    assert len(alerts([TEXTS[0], TEXTS[0].replace("Five", "Six").replace("20-day", "21-day")])) == 1


def test_a_paragraph_on_another_war_adds_nothing(alerts):
    first, _, rest = TEXTS[0].partition(". ")
    [alert] = alerts([f"{first}.{OTHER_WAR}{rest}"])
    assert alert["label"].startswith("Norland: 20 days")
    assert "200" not in alert["label"]
    assert alerts([OTHER_WAR]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Norland may soon present a new proposal for a 20-day truce that would free five captives, mediators said.",
        "Norland could offer a truce of 20 days in which five captives would be freed.",
        "Norland is expected to submit a proposal for a 20-day truce and the release of five captives.",
        "If Norland proposes a truce of 20 days, five captives could be freed.",
        "There is no proposal from Norland, and no truce is in sight, mediators said.",
        "Norland has repeatedly presented proposals for a truce of 20 days and the release of five captives.",
    ],
)
def test_what_has_not_happened_alerts_nobody(alerts, text):
    """Possible, expected, conditional, denied, habitual."""
    assert alerts([text]) == []


def test_a_truce_that_is_carried_out_is_no_proposal(alerts):
    text = (
        "Norland freed ten captives on the third day of a four-day truce that took effect on Friday, and 30 prisoners came home."
    )
    assert alerts([text]) == []
