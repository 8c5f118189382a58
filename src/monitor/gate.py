"""Is a text worth reading for this topic? Cheap, on a title and a summary or on a whole article.

A text that names the conflict (an anchor) and the matter (a cue) is on topic. One that names only one of them, or a
bare headline that names neither, is undecided: its page is read before anything is decided, since a wrong "off topic"
is a loss for ever and a wrong "undecided" costs one request. Texts of a rival conflict are off topic unless an anchor
outweighs it.
"""

import re
from dataclasses import dataclass

from .events import Gate
from .topics import TopicProfile, Words
from .words import fold_plain, word_pattern

_MENTIONED_MORE_THAN = 1.0  # anchors must be at least as frequent as the rival's words


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The decision and the words that it rests on, each as ``kind:word``."""

    gate: Gate
    why: tuple[str, ...]


class GateRules:
    """The compiled word lists of one profile."""

    def __init__(self, profile: TopicProfile) -> None:
        self.short = profile.gate.short_text_words
        self.anchors = self._compile(profile, profile.gate.anchors)
        self.cues = self._compile(profile, profile.gate.cues)
        self.rivals = [(rival.id, self._compile(profile, rival.words)) for rival in profile.rival]

    @staticmethod
    def _compile(profile: TopicProfile, words: Words) -> list[re.Pattern[str]]:
        patterns = []
        for language, phrases in words.items():
            pack = profile.pack(language)
            patterns.append(word_pattern(phrases, prefix=pack.prefix if pack else "", suffix=pack.suffix if pack else ""))
        return patterns

    def weigh(self, folded: str) -> tuple[int, int]:
        """How often a folded text names the topic's anchors, and the words of the rival that it names most."""
        rival = max((len(_hits(patterns, folded)) for _, patterns in self.rivals), default=0)
        return (len(_hits(self.anchors, folded)) if rival else 0), rival

    def decide(self, title: str, text: str) -> GateDecision:
        """Decide on ``title`` and ``text`` (a summary or a body, or empty)."""
        folded = fold_plain(f"{title}\n{text}")
        anchors, cues = _hits(self.anchors, folded), _hits(self.cues, folded)
        name, rival = max(
            ((name, _hits(patterns, folded)) for name, patterns in self.rivals), key=lambda found: len(found[1]), default=("", [])
        )
        why = (
            *(f"anchor:{hit}" for hit in sorted(set(anchors))[:5]),
            *(f"cue:{hit}" for hit in sorted(set(cues))[:5]),
            *(f"rival:{name}:{hit}" for hit in sorted(set(rival))[:5]),
        )
        if len(rival) > _MENTIONED_MORE_THAN * len(anchors):
            return GateDecision("off_topic" if not anchors else "undecided", why)
        if anchors and cues:
            return GateDecision("on_topic", why)
        if anchors or cues:
            return GateDecision("undecided", why)
        if not text.strip() and len(folded.split()) < self.short:
            return GateDecision("undecided", ("headline only",))
        return GateDecision("off_topic", ("no word of the topic",))


def _hits(patterns: list[re.Pattern[str]], folded: str) -> list[str]:
    """The words found, each place in the text once: one spelling may stand in the lists of several languages."""
    places = {match.span() for pattern in patterns for match in pattern.finditer(folded)}
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return [" ".join(folded[start:end].split()) for start, end in kept]


def gate_rules(profile: TopicProfile) -> GateRules:
    """The rules for a profile, compiled once in a process."""
    if profile.digest not in _RULES:
        _RULES[profile.digest] = GateRules(profile)
    return _RULES[profile.digest]


def gate(profile: TopicProfile, title: str, text: str) -> GateDecision:
    """Decide for one text."""
    return gate_rules(profile).decide(title, text)


_RULES: dict[str, GateRules] = {}  # by the profile's digest; a process reads one or two profiles
