"""Is a text worth reading for this topic? Cheap, on a title and a summary or on a whole article.

A text that names the conflict (an anchor) and the matter (a cue) is on topic. One that names only one of them, or a
bare headline that names neither, is undecided: its page is read before anything is decided, since a wrong "off topic"
is a loss for ever and a wrong "undecided" costs one request. Texts of a rival conflict are off topic unless an anchor
outweighs it.
"""

from dataclasses import dataclass

from .events import Gate
from .topics import TopicProfile
from .words import Phrases, fold_plain, longest_first

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
        self._rivals = [rival.id for rival in profile.rival]
        phrases: list[tuple[str, str]] = []
        affixes: dict[str, tuple[str, str]] = {}
        for name, words in lists:
            for language, entries in words.items():
                pack = profile.pack(language)
                key = f"{name}\n{language}"  # languages apart: each has its own affixes
                affixes[key] = (pack.prefix, pack.suffix) if pack else ("", "")
                phrases += [(key, phrase) for phrase in entries]
        self._phrases = Phrases(phrases, affixes=affixes)

    def _hits(self, folded: str) -> dict[str, list[str]]:
        """List → the words found, each place in the text once: one spelling may stand in the lists of several languages."""
        places: dict[str, list[tuple[int, int]]] = {}
        for start, end, key in self._phrases.find(folded):
            places.setdefault(key.partition("\n")[0], []).append((start, end))
        return {
            name: [" ".join(folded[start:end].split()) for start, end in longest_first(spans)] for name, spans in places.items()
        }

    def weigh(self, folded: str) -> tuple[int, int]:
        """How often a folded text names the topic's anchors, and the words of the rival that it names most."""
        hits = self._hits(folded)
        return len(hits.get("anchor", ())), max((len(hits.get(rival, ())) for rival in self._rivals), default=0)

    def decide(self, title: str, text: str) -> GateDecision:
        """Decide on ``title`` and ``text`` (a summary or a body, or empty)."""
        folded = fold_plain(f"{title}\n{text}")
        hits = self._hits(folded)
        anchors, cues = hits.get("anchor", []), hits.get("cue", [])
        name, rival = max(
            ((name, hits.get(name, [])) for name in self._rivals), key=lambda found: len(found[1]), default=("", [])
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


def gate_rules(profile: TopicProfile) -> GateRules:
    """The rules for a profile, compiled once in a process."""
    if profile.digest not in _RULES:
        _RULES[profile.digest] = GateRules(profile)
    return _RULES[profile.digest]


def gate(profile: TopicProfile, title: str, text: str) -> GateDecision:
    """Decide for one text."""
    return gate_rules(profile).decide(title, text)


_RULES: dict[str, GateRules] = {}  # by the profile's digest; a process reads one or two profiles
