"""Is this text a copy of one that we know? A text and the window's index to a verdict, with its figures.

Copies of one text keep its shingles whatever furniture stands round them, and its words in their order whatever is edited.
The rule rests on four figures of the new text (n) and the old one (o): the shares of each one's shingles that stand in the
other, the share of words in common order (the longest common subsequence over both lengths), and the share of passages kept
at length. Rule and thresholds were fitted on one half of labelled pairs and shown on the other (CONTRIBUTING.md, design
notes). Titles are not used: six reports of one event share as few title words as reports of two.

The corpus is compared with for ever, articles within a window: a publisher fills the same template anew each week,
and no score tells that from a copy. For the same reason one outlet's texts at two addresses must agree almost wholly, texts
further apart than three days more than those of one day, and texts of the same words with other names are no copies.
What is otherwise like but differs in a number, a stance or an actor is a twin: told of, never merged (``vetoes``).
Verdicts are labels: nothing is dropped because of them.

``index`` finds candidates, ``alignment`` lays two texts side by side, ``vetoes`` reads what differs, ``judging`` decides,
``clusters`` says what that means for clusters, ``files`` does the same without a warehouse.
"""

from .index import CANDIDATES, MOST_OWNERS, DuplicateIndex, KnownText
from .judging import FEWEST_SHINGLES, METHOD, WINDOW, Judgement, MarkedText, TextToJudge, judge_duplicate
from .vetoes import VetoRules

__all__ = [
    "CANDIDATES",
    "FEWEST_SHINGLES",
    "METHOD",
    "MOST_OWNERS",
    "WINDOW",
    "DuplicateIndex",
    "Judgement",
    "KnownText",
    "MarkedText",
    "TextToJudge",
    "VetoRules",
    "judge_duplicate",
]
