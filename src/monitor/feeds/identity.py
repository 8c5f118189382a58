"""Which entry of a document is which known one: the key of an entry, and what a change of keys means.

**Policy.** An entry is told apart by its guid, or its link where it has none. When more than 5 % of a document's guids are
empty or shared by several addresses, and at least two, the feed steps down to link and date, and when those are repeated as
well to link, date and title (FreshRSS's rule). A step is recorded and never taken back by itself: a generator that repeats
guids once does it again, and a policy that flaps renames the entries each time. Keys of the lower steps begin with the policy's
name, so that keys of different policies are never confused.

**Under another key.** An entry whose key is unknown is looked for among the feed's own entries by link and title before it
counts as new; see ``same_entry``. That is how the entries of an older policy stay known, and how a guid that contains the
headline does not make a second entry of an edited one.

**Re-key.** When most of a document is new by key, and most of that has a title or link that the feed had before, the publisher
has renamed everything (a new CMS, https, a new domain). The entries are recorded under their new keys, marked, and nothing is
read.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..events import EntryPolicy
from ..ids import subject_id
from ..urls import absolute_url
from ..urls import canonical_url as _canonical_url
from .documents import entry_key, identified
from .model import ParsedEntry

BAD_GUIDS = 0.05  # of a document; FreshRSS's figure
FEWEST_BAD = 2  # one slip in a short document is no reason to rename all entries for ever
REKEYED = 0.5  # "most" of a document, and of what is new in it
FEWEST_REKEYED = 3

_STEPS: tuple[EntryPolicy, ...] = ("guid", "link_date", "link_date_title")
# The entries of a window come again poll after poll, and taking their addresses apart is most of the work of a poll.
canonical_url = lru_cache(maxsize=2**16)(_canonical_url)
_resolved = lru_cache(maxsize=2**16)(absolute_url)


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What the warehouse knows of an entry that stands in a feed again."""

    entry_key: str
    url: str | None
    title: str
    published_text: str
    updated_text: str
    is_rejected: bool
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyedEntry:
    """An entry with its key under the feed's policy, and its absolute address; None where it has no usable one."""

    key: str
    url: str | None
    entry: ParsedEntry


def choose_policy(entries: Sequence[ParsedEntry], policy: EntryPolicy) -> tuple[EntryPolicy, str]:
    """The policy for a document, never a higher one than before; and why it changed, or nothing."""
    why = ""
    if policy == "guid" and all(guids := {entry.guid for entry in entries}) and len(guids) == len(entries):
        return policy, why  # as nearly always
    for step in _STEPS[_STEPS.index(policy) :]:
        bad, what = _bad(entries, step)
        if bad < FEWEST_BAD or bad <= BAD_GUIDS * len(entries) or step == _STEPS[-1]:
            return step, why
        why = f"{bad} of {len(entries)} {what}"
    raise AssertionError("the last step is always taken")


def _bad(entries: Sequence[ParsedEntry], policy: EntryPolicy) -> tuple[int, str]:
    """How many entries a policy cannot tell apart. An entry that stands there twice, whole, is no fault of it."""
    distinct = set(entries)
    if policy == "guid":
        shared = Counter(guid for guid, _ in {(entry.guid, entry.link) for entry in distinct})
        empty = sum(1 for entry in distinct if not entry.guid)
        return empty + sum(count for guid, count in shared.items() if guid and count > 1), "guids are empty or repeated"
    titles = Counter(pair for pair, _ in {((entry.link, entry.published_text), entry.title) for entry in distinct})
    return sum(count for count in titles.values() if count > 1), "entries share link and date"


def policy_key(entry: ParsedEntry, policy: EntryPolicy) -> str:
    """The key of an entry under a policy."""
    if policy == "guid":
        return entry_key(entry)
    parts = [entry.link, entry.published_text]
    if policy == "link_date_title" or not any(parts):
        parts.append(entry.title)
    return "|".join([policy, *parts])


def keyed(entries: Sequence[ParsedEntry], policy: EntryPolicy, *, base: str, feed_url: str) -> list[KeyedEntry]:
    """The entries of a document that are read, with key and address; ``base`` is the address that answered."""
    own = {canonical_url(base), canonical_url(feed_url)}
    read = identified(entries)
    return [KeyedEntry(policy_key(entry, policy), _address(entry, base, own), entry) for entry in read]


def _address(entry: ParsedEntry, base: str, own: Collection[str]) -> str | None:
    # A guid that is an address serves where the link is missing (RSS 2.0: isPermaLink is true by default).
    url = _resolved(entry.link, base) if entry.link else _resolved(entry.guid, "")
    return None if url is not None and entry.link and canonical_url(url) in own else url


def article_of(url: str) -> str:
    """Id of the article at an address."""
    return subject_id("article", canonical_url(url))


@dataclass(frozen=True, slots=True)
class Matched:
    """A document against what is known: an entry of before for each that has one, and which are re-keyed."""

    known: Mapping[str, KnownEntry]  # by the key in this document
    rekeyed: frozenset[str] = frozenset()  # keys in this document
    known_titles: int = 0


def match_entries(
    document: Sequence[KeyedEntry], known: Mapping[str, KnownEntry], relatives: Iterable[KnownEntry], policy: EntryPolicy
) -> Matched:
    """Find the known entry of each entry of a document. ``relatives`` are entries of the feed with a link or title in it."""
    found = {item.key: known[item.key] for item in document if item.key in known}
    unknown = {item.key: item for item in document if item.key not in known}
    if not unknown:
        return Matched(found)
    taken = {entry.entry_key for entry in found.values()}
    others = [entry for entry in relatives if entry.entry_key not in taken and not entry.is_rejected]
    links = Counter(canonical_url(url) for url in {item.key: item.url for item in document}.values() if url)
    titles = {entry.title for entry in others if entry.title}
    addresses = {canonical_url(entry.url) for entry in others if entry.url and _has_policy(entry.entry_key, policy)}
    renamed = {
        key: item
        for key, item in unknown.items()
        if (item.entry.title and item.entry.title in titles) or (item.url and canonical_url(item.url) in addresses)
    }
    own_policy = [entry for entry in others if _has_policy(entry.entry_key, policy)]
    size = len({item.key for item in document})
    is_mass = len(unknown) > REKEYED * size and len(renamed) > REKEYED * len(unknown) and len(renamed) >= FEWEST_REKEYED
    if is_mass and len(own_policy) >= FEWEST_REKEYED:  # after a change of policy the keys are ours that changed
        return Matched(found, frozenset(renamed), sum(1 for item in renamed.values() if item.entry.title in titles))
    for key, item in unknown.items():
        before = next(
            (entry for entry in others if entry.entry_key not in taken and same_entry(item, entry, policy, links)), None
        )
        if before is not None:
            taken.add(before.entry_key)
            found[key] = before
    return Matched(found)


def same_entry(item: KeyedEntry, known: KnownEntry, policy: EntryPolicy, links: Mapping[str, int]) -> bool:
    """Whether an entry of an unknown key is a known one.

    By its link, where only one entry of the document has it: under ``guid``, and for keys of an older policy. Once link and date
    are the key, link and title must agree, since the same address with another date is another entry there. Without a link, by
    its title, for keys of an older policy only.
    """
    is_older = not _has_policy(known.entry_key, policy)
    if item.url is None:
        return is_older and bool(item.entry.title) and item.entry.title == known.title
    if known.url is None or canonical_url(item.url) != canonical_url(known.url):
        return False
    is_alone = links.get(canonical_url(item.url), 0) == 1
    return item.entry.title == known.title or (is_alone and (policy == "guid" or is_older))


def _has_policy(key: str, policy: EntryPolicy) -> bool:
    step = next((step for step in reversed(_STEPS[1:]) if key.startswith(f"{step}|")), "guid")
    return step == policy
