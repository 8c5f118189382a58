"""The language packs: the words of ordinary negotiation in one language each, whatever the subject.

A pack is a TOML file in ``warehouse/topics/language``; a profile names the languages that it reads. A subject's own names stand
in the profile (``topics``), never here.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Words = dict[str, tuple[str, ...]]  # language code → words or phrases


class Part(BaseModel):
    """Base of all parts of a profile and of a pack: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(Part):
    """A unit of time: how it is written and how many days it has."""

    pattern: str
    days: float


class StanceFrame(Part):
    """Verbs and nouns by which a party takes a stance.

    ``needs`` nothing where the words say by themselves that they are on a proposal ("abstained"); ``after`` is true where
    the party stands behind them ("waiting for an answer from …"), ``by_speaker`` where it is the one who speaks ("they must
    accept"). ``by_word`` is true where the act is itself an utterance, so that whoever does it says it ("welcomed");
    ``urging`` is the stance of the one who urges the party behind the words ("pressed them to accept").
    """

    act: str
    needs: Literal["object", "nothing"] = "object"
    after: bool = False
    by_speaker: bool = False
    by_word: bool = False
    urging: str = ""
    verbs: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()


class ProposerWindow(Part):
    """How many words away from the noun or verb of proposing its subject may stand, by side; -1 where it never does."""

    before_noun: int = 4
    after_noun: int = 0
    before_verb: int = 9
    after_verb: int = 0


class LanguagePack(Part):
    """The words of negotiation in one language; patterns are regular expressions over folded text."""

    code: str
    prefix: str = ""  # letters that join a word on its left (Arabic and Hebrew), as a pattern
    suffix: str = ""
    genitive: str = ""  # what must stand between a proposer and its noun, where a bare name before it is a subject
    objects_before: bool = False  # what is proposed stands before the verb or its participle
    proposal_nouns: tuple[str, ...]
    weak_nouns: tuple[str, ...]
    truce_nouns: tuple[str, ...]
    generic_plurals: tuple[str, ...] = ()
    propose_verbs: tuple[str, ...]
    proposed_by: tuple[str, ...] = ()
    window: ProposerWindow = ProposerWindow()
    barriers: tuple[str, ...] = ()  # words that end the reach of a name: prepositions, articles, auxiliaries
    lineage: dict[str, tuple[str, ...]] = {}
    body_verbs: tuple[str, ...] = ()  # "demanded": with a council or parliament for its subject, an act of proposing
    resolutions: tuple[str, ...] = ()  # nouns for what a council or parliament adopts: it is that body's own
    offered: tuple[str, ...] = ()  # what is offered without a noun of proposing: "to free …", "safe passage"
    agreed: tuple[str, ...] = ()  # a truce that was just agreed: "a truce has been agreed"
    fused: tuple[str, ...] = ()  # nouns of proposing that hold their relative pronoun: "*what* they proposed"
    identity: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()  # a date right behind the noun: "of 27 April"
    conjunctions: tuple[str, ...] = ()  # "and": two parties that propose together
    prepositions: tuple[str, ...] = ()  # a party behind one of these is not the subject
    possessives: tuple[str, ...] = ()  # "its": the proposal is the subject's own
    gerund_marks: tuple[str, ...] = ()  # "by": "answered by suggesting a plan" has the sentence's subject
    hypothetical: tuple[str, ...] = ()  # proposing that has not happened
    conditional: tuple[str, ...] = ()  # stances that nobody has taken yet
    habitual: tuple[str, ...] = ()  # before the noun: "previous", "every"
    frequency: tuple[str, ...] = ()  # anywhere in the sentence: "repeatedly"
    past: tuple[str, ...] = ()  # sentences about earlier events, whose figures belong to no proposal
    denial: tuple[str, ...] = ()
    other_kinds: tuple[str, ...] = ()  # aid plans, reconstruction plans: not a proposal of this kind
    other_objects: tuple[str, ...] = ()  # the same behind the noun: "plan for an attack"
    weak_objects: tuple[str, ...] = ()  # behind a weak noun, which is then a mere intention: "plan to visit"
    say_verbs: tuple[str, ...] = ()
    told: tuple[str, ...] = ()  # what stands before the outlet: "told the Herald", "in an interview with the Herald"
    source_nouns: tuple[str, ...] = ()  # sources that are no persons: a statement, an office, a broadcaster
    seen_by: tuple[str, ...] = ()  # behind such a noun, before an outlet: "a draft *seen by* the Herald"
    passive: tuple[str, ...] = ()  # "was": what stands before a participle whose subject does not do it
    titles: tuple[str, ...] = ()  # offices, plain words: "prime minister"
    definite: tuple[str, ...] = ()  # articles by which a source named before is meant again
    has_capitals: bool = False  # proper names, and hardly anything else, begin with a capital
    evidential: tuple[str, ...] = ()  # "reportedly": hearsay without a source
    anonymity: Words = {}  # by the word for it, how texts say that a source does not want to be named
    both: tuple[str, ...] = ()  # the two sides that were just named
    according_to: tuple[str, ...] = ()
    hearsay_nouns: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    clause_marks: tuple[str, ...] = ()  # a party before one of these is not the subject of a verb after it
    pronouns: tuple[str, ...] = ()  # a subject named in the sentence before
    personal: tuple[str, ...] = ()  # pronouns that mean a person and nothing else: "he", "according to *her*"
    object_pronouns: tuple[str, ...] = ()  # right behind a verb: "refused *it*"
    relative: tuple[str, ...] = ()  # "that", "which": "the proposal that <party> sent"
    zero_relative: bool = False  # the pronoun may be left out: "the proposal <party> sent"
    mediation: tuple[str, ...] = ()  # cues that make a mediator of a party named beside them
    agent: tuple[str, ...] = ()  # "by": "was rejected by <party>"
    anaphora: tuple[str, ...] = ()
    adjectives_after: bool = False  # whose an official is stands behind the noun
    determiners: tuple[str, ...] = ()  # single words that open a noun phrase: "the", "some"
    joiners: tuple[str, ...] = ()  # words that no noun phrase goes across: prepositions, conjunctions
    voters: tuple[str, ...] = ()  # nouns for those who vote and are counted: "fourteen *members*"
    examples: tuple[str, ...] = ()  # "among them": who is named before it stands for a larger number
    unfinished: tuple[str, ...] = ()  # proposing that is under way: "is working on"
    term_objects: tuple[str, ...] = ()  # demands and conditions: a stance on one of these is not one on the proposal
    report_nouns: tuple[str, ...] = ()  # notions, claims, reports: denying one of these denies a report
    stances: tuple[StanceFrame, ...] = ()
    numbers: dict[str, float] = {}
    ordinals: dict[str, float] = {}  # from the third on: "the third phase" means three at least
    and_a_half: tuple[str, ...] = ()
    range_joins: tuple[str, ...] = ()  # besides the hyphen
    between: tuple[str, str] | None = None
    units: tuple[Unit, ...] = ()
    duals: tuple[Unit, ...] = ()  # the number is in the word: "two months"
    duration_patterns: tuple[str, ...] = ()
    extended_to: tuple[str, ...] = ()  # right behind a duration: "extendable to" a longer one, which is its upper bound
    amounts: Words = {}  # words that stand for a figure: all, half, dozens
    amount_qualifiers: Words = {}  # what narrows them: all *living* ones
