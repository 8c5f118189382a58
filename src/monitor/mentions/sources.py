"""Who says it, in the text's own words: "two officials (Herald)", a person's full name, a statement, an outlet.

Attribution after Pareti (2012): a source, a cue and a content. Cues are verbs of saying, "according to" and a colon behind
a name; a source without a name is followed back to where the text first describes it ("the two officials"), a pronoun to the
last source or person. What is only "said to be" so has no source at all, which is told apart from the writer's own word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .reader import Reader, unquoted, words_between
from .spans import Named, Sentence

_BEFORE, _AFTER = 70, 40  # characters beside a verb of saying in which its source stands
_ACCORDING = 70
_REACH = 6  # words between a name and its verb of saying
_BACK = 4  # sentences in which the person is looked for whom a pronoun means
_PRONOUN = 24  # characters at a sentence's start in which a pronoun is its subject
_NAME = r"[A-ZÀ-Þ][\w’'&-]*(?:[ ](?:(?:of|al|el|de|the)[ -])?[A-ZÀ-Þ][\w’'&-]*){0,4}"
_OUTLET = re.compile(rf"[ ]+(?:[Tt]he[ ]+)?({_NAME})")
_NAME_LAST = re.compile(rf"({_NAME})(?:[ ](?:had|has|have|also|later|earlier|first))*[ ]*$")
_NAME_FIRST = re.compile(rf"[ ]*(?:[Tt]he[ ]+)?({_NAME})")
_PHRASE = re.compile(r"(?:[\w’'-]+[ ]){0,4}[\w’'-]+$")
_PHRASE_REACH = 70  # characters before a noun in which the words that belong to it stand
_CLAUSE_SUBJECT = re.compile(rf"[ \"”]*(?:[Tt]he[ ]+)?{_NAME}(?:[ ](?:had|has|have|also|later|earlier|first))*[ ]*$")
_TRAIL = re.compile(r":\s+((?:[\w'-]+ ?){1,4})\s*$")
_LEAD = re.compile(r"\W*([^:\n\"“”«»]{2,40}):\s")
_PERSON = re.compile(rf"[ ]({_NAME})")
_APPOSED = re.compile(rf"({_NAME}),[ ]+[^,.;:\"“”\n]{{0,40}}$")
_APPOSITION_END = re.compile(r"[^,.;:\"“”\n]*,\s*$")
_PHRASE_END = re.compile(r"[,.;:()\n\"]")
_SUBJECT_WORDS = 8  # words of a subject behind its verb, with when and where it spoke
_INVERTED = 2  # words between a verb of saying and the subject behind it
_POSSESSIVE = re.compile(r"['’]s\s")


@dataclass(frozen=True, slots=True)
class _Source:
    words: str
    title: str = ""  # the folded noun that describes it, where it has no name
    outlet: str = ""


def source_words(reader: Reader, sentence: Sentence, act: tuple[int, int] | None = None, *, by_word: bool = False) -> str:
    """Who says what a sentence says, or what stands at ``act`` in it; "" for the writer.

    A sentence without a source of its own, or whose source is a pronoun, goes on with that of the sentence before it in the
    same paragraph (free indirect speech). Where nobody else is named, the person or the officials who do what stands at
    ``act`` have said so, and of an act ``by_word`` ("welcomed") so has the party.
    """
    before = [s for s in reader.sentences if s.paragraph == sentence.paragraph and s.start <= sentence.start]
    for here in reversed(before):
        if here is sentence and (words := _hearsay(reader, sentence)):
            return words
        found = _here(reader, here, act if here is sentence else None)
        if here is sentence and act and (found is None or found.words == found.outlet):
            doer = _performer(reader, sentence, act, by_word=by_word)
            found = replace(doer, outlet=found.outlet if found else "") if doer else found
        if found:
            return _written(reader, found, here)
        if not _goes_on(reader, here):
            break
    return ""


def _goes_on(reader: Reader, sentence: Sentence) -> bool:
    """Tell whether a person spoken of before is the sentence's subject; "it" may be the proposal."""
    folded = reader.folded.text
    pronoun = reader.search(reader.rules.pronoun, sentence.start, min(sentence.end, sentence.start + _PRONOUN))
    return pronoun is not None and not reader.rules.anaphora.fullmatch(folded, *pronoun.span())


def _written(reader: Reader, found: _Source, sentence: Sentence) -> str:
    """The source with its outlet, and with the text's remark that it does not want to be named."""
    names = reader.rules.anonymity
    remark = (
        next((name for name, pattern in names if reader.search(pattern, sentence.start, sentence.end)), "") if found.title else ""
    )
    remark = "" if remark in found.words.lower() else remark
    beside = ", ".join(filter(None, (found.outlet if found.outlet != found.words else "", remark)))
    return f"{found.words} ({beside})" if beside else found.words


def _hearsay(reader: Reader, sentence: Sentence) -> str:
    """Somebody says so, but nobody who is named: "reportedly"."""
    match = reader.search(reader.rules.evidential, sentence.start, sentence.end)
    return f'unattributed ("{match.group().removesuffix(" to")}")' if match else ""


def _here(reader: Reader, sentence: Sentence, act: tuple[int, int] | None) -> _Source | None:
    """The source that a sentence itself gives, followed back to where the text describes it.

    Of several the one nearest before the act ("A said that B announced that it accepts"), else the first behind it; an outlet
    carries what another says.
    """
    found = sorted(_candidates(reader, sentence, act), key=lambda candidate: candidate[0])
    if not found:
        return _lead(reader, sentence)
    before = [source for position, source in found if act and position < act[0]]
    sources = [source for _, source in found]
    speaking = [source for source in before or sources if source.words != source.outlet]
    one = (speaking or before)[-1] if before else (speaking or sources)[0]
    carrying = [s.outlet for position, s in found if s.outlet and (s.words == s.outlet or not (act and position < act[0]))]
    outlet = one.outlet or next(iter(carrying), "")  # "A said that …, the Herald reports", "the Herald says, citing A, that …"
    return replace(one, words=_described(reader, one, sentence), outlet=outlet)


def _performer(reader: Reader, sentence: Sentence, act: tuple[int, int], *, by_word: bool) -> _Source | None:
    """The person or the officials who do what stands at ``act``: to reject or to doubt a proposal in public is to say so.

    A party that does it is no source: that it rejected is what the writer knows, unless the act is an utterance.
    """
    lower = max(sentence.start, act[0] - _BEFORE)
    rules = reader.rules
    ends = [name.end for name in rules.people.find(reader.folded, reader.text, lower, act[0])]
    ends += [title.end() for title in reader.finditer(rules.hearsay, lower, act[0])]
    ends += [name.end for name in reader.named(lower, act[0])] if by_word else []
    if not ends and by_word and rules.pack.window.after_verb:  # verb first
        behind = next(iter(reader.named(act[1], sentence.end)), None)
        is_subject = behind and words_between(reader.folded.text, act[1], behind.start) < rules.pack.window.after_verb
        return _Source(rules.party_names[behind.party]) if behind and is_subject else None
    if not ends or words_between(reader.folded.text, max(ends), act[0]) > _REACH:
        return None
    nearer = reader.named(max(ends), act[0])
    joined = words_between(reader.folded.text, max(ends), nearer[0].start) <= 1 if nearer else False
    if nearer and not (joined and len(nearer) == 1 and rules.pack.adjectives_after):
        return None  # somebody else stands nearer, and not for whose the officials are
    return _beside(reader, lower, act[0], is_before=True)


def _candidates(reader: Reader, sentence: Sentence, act: tuple[int, int] | None = None) -> Iterator[tuple[int, _Source]]:
    """Positions of the cues and the sources that they name; a verb that is part of the act ("nor did they comment") is no cue."""
    rules = reader.rules
    for cue in reader.finditer(rules.according, sentence.start, sentence.end):
        if found := _behind_according(reader, cue.end(), min(sentence.end, cue.end() + _ACCORDING)):
            yield cue.start(), found
    since = last = sentence.start
    cues = unquoted(reader, sentence, reader.finditer(rules.say, sentence.start, sentence.end))
    for cue, following in zip(cues, [*cues[1:], None], strict=False):
        if act and cue.start() < act[1] and act[0] < cue.end():
            continue
        if following and not words_between(reader.folded.text, cue.end(), following.start()):
            continue  # "reports said": a noun that looks like a verb
        since, last = last, cue.end()  # whoever speaks before another verb of saying speaks there
        lower, upper = max(since, cue.start() - _BEFORE), min(sentence.end, cue.end() + _AFTER)
        is_told = rules.told.match(reader.folded.text, cue.start(), sentence.end)  # behind "told" stands who heard it
        found = _before(reader, sentence, lower, cue.start(), None if is_told else _inverted(reader, cue.end(), sentence.end))
        if found is None and rules.pack.window.after_verb:
            found = _beside(reader, cue.end(), upper, is_before=False)
        if found:
            told = reader.search(rules.told, cue.start(), min(sentence.end, cue.end() + 90))
            told = told or reader.search(rules.told, since, cue.start())
            outlet = _OUTLET.match(reader.text, reader.folded.original(told.start(), told.end())[1]) if told else None
            is_person = outlet is not None and found.words == found.outlet  # outlets tell outlets nothing
            yield (
                cue.start(),
                replace(found, outlet=outlet.group(1) if outlet and (is_person or not found.outlet) else found.outlet),
            )


def _before(reader: Reader, sentence: Sentence, start: int, end: int, inverted: tuple[int, int] | None) -> _Source | None:
    """The source beside a verb of saying at ``end``.

    "he" right before it comes first, then a subject behind it after a comma or quotation mark (""…," said Norland").
    """
    folded = reader.folded.text
    personal = list(reader.finditer(reader.rules.personal, start, end))
    if personal and not words_between(folded, personal[-1].end(), end) and (who := _antecedent(reader, sentence, start, end)):
        return who
    is_after = inverted is not None and folded[start:end].rstrip().endswith((",", '"'))
    found = _beside(reader, *inverted, is_before=False) if inverted and is_after else None
    found = found or _beside(reader, start, end, is_before=True) or _antecedent(reader, sentence, start, end)
    return found or (_beside(reader, *inverted, is_before=False) if inverted else None)


def _inverted(reader: Reader, start: int, end: int) -> tuple[int, int] | None:
    """The words behind a verb of saying if they can be its subject: few, up to a stop, and nothing said in them."""
    stop = _PHRASE_END.search(reader.folded.text, start, end)
    stop_at = stop.start() if stop else end
    is_short = words_between(reader.folded.text, start, stop_at) <= _SUBJECT_WORDS
    return (start, stop_at) if is_short and not reader.rules.stance.search(reader.folded.text, start, stop_at) else None


def _behind_according(reader: Reader, start: int, end: int) -> _Source | None:
    """A phrase that ends with a noun for a statement, office or outlet as it stands; else as beside a verb of saying."""
    phrase_end = _PHRASE_END.search(reader.folded.text, start, end)
    end = phrase_end.start() if phrase_end else end
    if reader.rules.personal.fullmatch(reader.folded.text[start:end].strip()):  # "according to her"
        sentence = next(s for s in reversed(reader.sentences) if s.start <= start)
        return _antecedent(reader, sentence, start, end)
    if (noun := reader.search(reader.rules.source_noun, start, end)) is not None:
        seen = reader.rules.seen_by.match(reader.folded.text, noun.end(), end)
        stop = seen.end() if seen else noun.end()
        outlet = _OUTLET.match(reader.text, reader.folded.original(seen.start(), stop)[1]) if seen else None
        stop = reader.folded.original(start, stop)[1] if outlet is None else outlet.end()
        return _Source(reader.text[reader.folded.original(start, end)[0] : stop].strip(), noun.group())
    return _beside(reader, start, end, is_before=False)


def _beside(reader: Reader, start: int, end: int, *, is_before: bool) -> _Source | None:
    """A person's name, a title with the words before it, an outlet's or party's name, in the words beside a cue."""
    rules, folded = reader.rules, reader.folded.text
    start = _clause_start(reader, start, end) if is_before and rules.capitals else start
    titles = list(reader.finditer(rules.hearsay, start, end))
    people = rules.people.find(reader.folded, reader.text, start, end)
    which = -1 if is_before else 0

    def gap(name_start: int, name_end: int) -> int:
        return words_between(folded, *((name_end, end) if is_before else (start, name_start)))

    if people and gap(people[which].start, people[which].end) <= _REACH:
        after = reader.text[reader.folded.original(people[which].start, people[which].end)[1] :][:40]
        office = reader.search(rules.source_noun, people[which].end, min(len(folded), people[which].end + 14))
        if _POSSESSIVE.match(after) and office:
            return _Source(reader.text[slice(*reader.folded.original(people[which].start, office.end()))], office.group())
        return _Source(people[which].party)
    noun = list(reader.finditer(rules.source_noun, start, end))[-1:] if is_before else []
    if noun and words_between(folded, noun[0].end(), end) == 0:  # "the text says"
        words = _phrase(reader, noun[0].start(), noun[0].end())
        return _Source(words, noun[0].group()) if words else None
    if titles:
        title = titles[which]
        if name := _holder(reader, title.start(), title.end(), end if is_before else None):
            return _Source(name)
        words = _phrase(reader, title.start(), title.end())
        return _Source(words, title.group()) if words else None
    named = reader.named(start, end)
    text = reader.text[slice(*reader.folded.original(start, end))] if end > start else ""
    proper = (_NAME_LAST.search(text) if is_before else _NAME_FIRST.match(text)) if text else None
    outlet = _without_titles(reader, proper.group(1)) if proper and rules.capitals else ""
    is_near = bool(named) and (
        gap(named[which].start, named[which].end) <= _REACH if is_before else _is_inverted(folded, start, named[0], end)
    )
    if is_near:  # unless an outlet's name stands nearer, or has the party's in it ("the Norland Herald")
        own = reader.text[slice(*reader.folded.original(named[which].start, named[which].end))]
        if not outlet or (own in outlet and len(outlet.split()) <= len(own.split()) + 1):
            return _Source(rules.party_names[named[which].party])
    return _Source(outlet, outlet=outlet) if outlet else None


def _clause_start(reader: Reader, start: int, end: int) -> int:
    """Where the last clause begins, if all of it is a name: of "officials rejected it, the Herald reported" at the Herald."""
    clause = max((reader.folded.text.rfind(mark, start, end) for mark in ",;:"), default=-1) + 1
    is_name = clause > start and _CLAUSE_SUBJECT.fullmatch(reader.text[slice(*reader.folded.original(clause, end))])
    return clause if is_name else start


def _phrase(reader: Reader, start: int, end: int) -> str:
    """The noun phrase around a noun, from its article on; no word that joins phrases or clauses stands before the noun.

    Where adjectives follow it, a party right behind it is part of it.
    """
    rules, folded = reader.rules, reader.folded.text
    first = max(0, start - _PHRASE_REACH)
    joints = (rules.joiner, rules.say, rules.according)
    cuts = [match.end() for pattern in joints for match in reader.finditer(pattern, first, end)]
    first = max([first, *(cut for cut in cuts if cut <= start)])
    words = _PHRASE.search(reader.text[slice(*reader.folded.original(first, end))])
    if words is None:
        return ""
    parts = words.group().split()
    is_opening = [word.lower() in rules.pack.determiners for word in parts]
    starts = [n for n, opens in enumerate(is_opening[:-1]) if opens and not (n and is_opening[n - 1])]  # "the two officials"
    phrase = " ".join(parts[starts[-1] if starts else 0 :])
    if not rules.pack.adjectives_after:
        return phrase
    phrase = phrase if starts else parts[-1]
    party = next((name for name in reader.named(end, end + _PHRASE_REACH) if words_between(folded, end, name.start) <= 1), None)
    return phrase + (reader.text[slice(*reader.folded.original(end, party.end))] if party else "")


def _holder(reader: Reader, start: int, end: int, cue: int | None) -> str:
    """Who holds an office, as whoever is named needs none; "" where nobody is named.

    "spokesman Jan Berg", and before a verb of saying at ``cue`` also "Jan Berg, a spokesman for Norland, said".
    """
    if not reader.rules.capitals:
        return ""
    text, (first, last) = reader.text, reader.folded.original(start, end)
    match = _PERSON.match(text, last)
    if match is None and cue is not None and _APPOSITION_END.fullmatch(text[last : reader.folded.original(end, cue)[1]]):
        match = _APPOSED.search(text[max(0, first - _PHRASE_REACH) : first])
    name = _without_titles(reader, match.group(1)) if match else ""
    return name if " " in name else ""


def _is_inverted(folded: str, start: int, name: Named, end: int) -> bool:
    """Tell whether a party behind a verb is its subject ("said Norland.") and not of what is said ("says Norland did")."""
    return words_between(folded, start, name.start) <= _INVERTED and not re.match(r"\s+\w", folded[name.end : end])


def _without_titles(reader: Reader, words: str) -> str:
    """A proper name without the offices before it; "" for a lone word at a sentence's start that may be any."""
    parts = words.split()
    opening = {*reader.rules.titles, *reader.rules.pack.joiners, *reader.rules.pack.determiners}
    while parts and (
        parts[0].lower() in opening or (len(parts) > 2 and (parts[0].isupper() or _POSSESSIVE.search(parts[0] + " ")))
    ):
        parts = parts[1:]
    if len(parts) == 1 and reader.rules.pronoun.fullmatch(parts[0].lower()):
        return ""
    return " ".join(parts)


def _antecedent(reader: Reader, sentence: Sentence, start: int, end: int) -> _Source | None:
    """Whom a pronoun before a verb of saying means: the last source, else the first person of the sentences before."""
    folded, rules = reader.folded.text, reader.rules
    pronoun = list(reader.finditer(rules.pronoun, start, end))
    if not pronoun or words_between(folded, pronoun[-1].end(), end) > 1:
        return None
    earlier = [s for s in reader.sentences if s.start < sentence.start and s.paragraph >= sentence.paragraph - 1][-_BACK:]
    for one in reversed(earlier):
        if found := next(_candidates(reader, one), None):
            return found[1]
        if people := rules.people.find(reader.folded, reader.text, one.start, one.end):
            return _Source(people[0].party)
        name = _PERSON.match(" " + reader.text[slice(*reader.folded.original(one.start, one.end))]) if rules.capitals else None
        person = (
            _without_titles(reader, name.group(1).partition(" of ")[0])
            if name and rules.personal.fullmatch(pronoun[-1].group())
            else ""
        )
        if " " in person:  # "Jan Berg met reporters. … he said"
            return _Source(person)
        if office := reader.search(rules.office, one.start, one.end):
            return _Source(reader.text[slice(*reader.folded.original(office.start(), office.end()))])
    return None


def _described(reader: Reader, found: _Source, sentence: Sentence) -> str:
    """A source such as "the two officials" in the words by which the text first names them, with their outlet."""
    first = found.words.split(maxsplit=1)[0].lower() if found.title and found.words else ""
    if first not in reader.rules.pack.definite:
        return found.words
    for one in reader.sentences:
        if one.start >= sentence.start:
            break
        for _, other in _candidates(reader, one):
            if other.title == found.title and other.words.split(maxsplit=1)[0].lower() not in reader.rules.pack.definite:
                return other.words if found.outlet else _written(reader, other, one)
    return found.words


def _lead(reader: Reader, sentence: Sentence) -> _Source | None:
    """A name, and nothing else, before a colon ("Norland: we accept") or behind the last ("Norland accepts: officials")."""
    if trail := _TRAIL.search(reader.folded.text, sentence.start, sentence.end):
        return _beside(reader, trail.start(1), trail.end(1), is_before=True)
    start, end = reader.folded.original(sentence.start, sentence.end)
    match = _LEAD.match(reader.text, start, end)
    if match is None:
        return None
    stop = sentence.start + (match.end(1) - start)
    people = reader.rules.people.find(reader.folded, reader.text, sentence.start, stop)
    named = reader.named(sentence.start, stop)
    if people:
        return _Source(people[0].party)
    return _Source(reader.rules.party_names[named[0].party]) if named and len(match.group(1).split()) <= 3 else None
