"""Is a text worth reading for this topic? Cheap, on a title and a summary or on a whole article.

A text that names the conflict (an anchor) and the matter (a cue) is on topic. One that names only one of them, or a
bare headline that names neither, is undecided: its page is read before anything is decided, since a wrong "off topic"
is a loss for ever and a wrong "undecided" costs one request. Texts of a rival conflict are off topic unless an anchor
outweighs it.
"""

import bisect
from dataclasses import dataclass

from .events import Gate
from .topics import TopicProfile
from .words import Phrases, fold_plain, longest_first

_SHOWN = 5  # words of each list that a decision names
_MENTIONED_MORE_THAN = 1.0  # anchors must be at least as frequent as the rival's words


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The decision and the words that it rests on, each as ``kind:word``."""

    gate: Gate
    why: tuple[str, ...]


class GateRules:
    """The word lists of one profile, in all its languages, as one automaton."""

    def __init__(self, profile: TopicProfile) -> None:
        self.short = profile.gate.short_text_words
        lists = [("anchor", profile.gate.anchors), ("cue", profile.gate.cues), *((r.id, r.words) for r in profile.rival)]
        self._rivals = tuple(rival.id for rival in profile.rival)
        phrases: list[tuple[str, str]] = []
        affixes: dict[str, tuple[str, str]] = {}
        for name, words in lists:
            for language, entries in words.items():
                pack = profile.pack(language)
                joined = (pack.prefix, pack.suffix) if pack else ("", "")
                key = "\n".join((name, *joined))  # what several languages spell alike is looked for once
                affixes[key] = joined
                phrases += [(key, phrase) for phrase in entries]
        self._lists = {key: key.partition("\n")[0] for key in affixes}
        self._phrases = Phrases(phrases, affixes=affixes)

    def _hits(self, folded: str) -> dict[str, list[tuple[int, int]]]:
        """List → the places of its words, each place once: one spelling may stand in the lists of several languages."""
        places: dict[str, list[tuple[int, int]]] = {}
        for key, spans in self._phrases.places(folded).items():
            places.setdefault(self._lists[key], []).extend(spans)
        return {name: longest_first(spans) for name, spans in places.items()}

    def places(self, folded: str) -> dict[str, list[int]]:
        """List → where its words begin in a folded text."""
        return {name: [start for start, _ in spans] for name, spans in self._hits(folded).items()}

    def weigh(self, places: dict[str, list[int]], start: int, end: int) -> tuple[int, int]:
        """How often a part of a text names the topic's anchors, and the words of the rival that it names most."""

        def count(name: str) -> int:
            found = places.get(name, [])
            return bisect.bisect_left(found, end) - bisect.bisect_left(found, start)

        return count("anchor"), max(map(count, self._rivals), default=0)

    def decide(self, title: str, text: str) -> GateDecision:
        """Decide on ``title`` and ``text`` (a summary or a body, or empty)."""
        folded = fold_plain(f"{title}\n{text}")
        hits = self._hits(folded)
        anchors, cues = hits.get("anchor", []), hits.get("cue", [])
        name = max((name for name in self._rivals if name in hits), key=lambda name: len(hits[name]), default="")
        rival = hits.get(name, [])
        why = tuple(
            f"{kind}:{hit}"
            for kind, spans in (("anchor", anchors), ("cue", cues), (f"rival:{name}", rival))
            for hit in _first_words(folded, spans)
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


def _first_words(folded: str, spans: list[tuple[int, int]]) -> list[str]:
    """The first few of the words at these places, each once, in the order of the alphabet."""
    return sorted({" ".join(folded[start:end].split()) for start, end in spans})[:_SHOWN] if spans else []


def gate_rules(profile: TopicProfile) -> GateRules:
    """The rules for a profile, compiled once in a process."""
    if profile.digest not in _RULES:
        _RULES[profile.digest] = GateRules(profile)
    return _RULES[profile.digest]


def gate(profile: TopicProfile, title: str, text: str) -> GateDecision:
    """Decide for one text."""
    return gate_rules(profile).decide(title, text)


_RULES: dict[str, GateRules] = {}  # by the profile's digest; a process reads one or two profiles
