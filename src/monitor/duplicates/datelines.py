"""Who wrote a text first, as far as its dateline says: "PORT HALLEN, March 3 (Vestria Wire) - …".

No list of agencies: whatever stands in parentheses in a dateline is whom the outlet credits. Bylines are not read: a field
for the author holds a person, a desk or the outlet itself as often as an agency.
"""

import re

_DATELINE = re.compile(r"\s*(?P<place>[^\n(]{0,60}?)\s*\(\s*(?P<agency>[^()\n]{2,30}?)\s*\)\s*(?:[-–—:]{1,2}|\s--)\s")
_MOST_AGENCY_WORDS = 4
_MOST_PLACE_WORDS = 7
_PARTICLE = 3  # letters


def credited_agency(text: str) -> str | None:
    """The agency that a text's dateline names, as it is written there; None where there is no dateline with one."""
    found = _DATELINE.match(text)
    if found is None or not _is_place(found["place"]) or len(found["agency"].split()) > _MOST_AGENCY_WORDS:
        return None
    agency = found["agency"]
    return agency if any(character.isalpha() for character in agency) and not agency[0].islower() else None


def _is_place(place: str) -> bool:
    """A town, and after a comma a date or a country: the town has no small words but "de" and the like."""
    town, _, _ = place.partition(",")
    small = [word for word in re.findall(r"[^\W\d_]+", town) if word[0].islower() and len(word) > _PARTICLE]
    return not small and len(place.split()) <= _MOST_PLACE_WORDS
