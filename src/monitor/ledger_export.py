"""The ledger for other programs: JSON-LD in the words of schema.org, Web Annotation and PROV; and flat rows for CSV.

A claim is a schema.org ``Claim`` with its speaker as ``author`` and the rules as ``claimInterpreter``; no verdict is
given, so it is no ``ClaimReview``. Each is a Web Annotation (https://www.w3.org/TR/annotation-model/) on its text, with a
TextQuoteSelector and a TextPositionSelector over the stored text, in code points. PROV says what was derived from what. The
context stands in the document, so that it can be read without a network.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .ids import text_sha256

Row = Mapping[str, Any]
CONTEXT: dict[str, Any] = {
    "@vocab": "https://schema.org/",
    "oa": "http://www.w3.org/ns/oa#",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "ledger": "urn:ceasefire-monitor:ledger#",
    "dateCreated": {"@type": "xsd:dateTime"},
    "datePublished": {"@type": "xsd:dateTime"},
    "oa:start": {"@type": "xsd:nonNegativeInteger"},
    "oa:end": {"@type": "xsd:nonNegativeInteger"},
    "oa:hasSource": {"@type": "@id"},
    "prov:wasDerivedFrom": {"@type": "@id"},
    "prov:wasQuotedFrom": {"@type": "@id"},
    "isBasedOn": {"@type": "@id"},
    "about": {"@type": "@id"},
    "appearance": {"@type": "@id"},
    "firstAppearance": {"@type": "@id"},
}
_AROUND = 32  # characters of prefix and suffix in a TextQuoteSelector
CSV_COLUMNS = (
    "proposal_id", "label", "kind", "party", "act", "scope", "is_negated", "said_by", "quote", "start", "end", "reported_at",
    "outlet", "title", "url", "language", "article_id", "body_sha256", "archive_file", "archive_offset", "said_id",
)  # fmt: skip


def as_linked_data(
    proposals: Iterable[Row], terms: Iterable[Row], said: Iterable[Row], names: Mapping[str, str]
) -> dict[str, Any]:
    """The ledger as one JSON-LD document; ``names`` are party ids and the names that people read.

    ``said`` are mentions and claims in the order of their reports, each with the text (``body``) that it stands in; one whose
    text was taken out of the warehouse has no selectors.
    """
    listed = list(said)
    ranges: dict[str, list[Row]] = {}
    for term in terms:
        ranges.setdefault(term["proposal_id"], []).append(term)
    first: dict[tuple[Any, ...], str] = {}
    for row in listed:
        first.setdefault(_content(row), _urn(row["article_id"]))
    graph: list[dict[str, Any]] = [_proposal(row, ranges.get(row["proposal_id"], []), names) for row in proposals]
    graph += [_party(party, name) for party, name in sorted(names.items())]
    articles = {row["article_id"]: _article(row) for row in listed}
    graph += articles.values()
    for row in listed:
        if row["kind"] == "claim":
            graph.append(_claim(row, first[_content(row)], names))
        graph.append(_annotation(row))
    return {"@context": CONTEXT, "@graph": graph}


def as_rows(said: Iterable[Row]) -> list[list[Any]]:
    """Mentions and claims for CSV, in the order of ``CSV_COLUMNS``; ``quote`` is taken from the stored text."""
    return [[_quote(row) if name == "quote" else _plain(row[name]) for name in CSV_COLUMNS] for row in said]


def as_text(document: Mapping[str, Any]) -> str:
    """The document as JSON text."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def _content(row: Row) -> tuple[Any, ...]:
    """What makes two claims the same statement, wherever they stand."""
    return tuple(row[name] for name in ("kind", "proposal_id", "party", "act", "scope", "is_negated", "said_by"))


def _proposal(row: Row, terms: Iterable[Row], names: Mapping[str, str]) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@id": _urn(row["proposal_id"]),
        "@type": ["CreativeWork", "prov:Entity"],
        "additionalType": "ledger:Proposal",
        "name": row["label"],
        "ledger:status": row["status"],
        "ledger:reportedProposer": [_ref(party) for party in row["proposers"] or ()],
        "ledger:reportedMediator": [_ref(party) for party in row["mediators"] or ()],
        "ledger:term": [_term(term, names) for term in terms],
        "dateCreated": _plain(row["opened_at"]),
    }
    if row["parent_id"]:
        node["isBasedOn"] = _urn(row["parent_id"])
        node["ledger:lineage"] = row["lineage"]
    return node


def _term(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    """A term as a range over what is stated, with who states it: nobody's agreed figure."""
    value: dict[str, Any] = {"@type": "PropertyValue", "propertyID": row["term"]}
    if row["low"] is not None:
        value |= {"minValue": row["low"], "maxValue": row["high"]}
    if row["term"].endswith("_days"):
        value["unitCode"] = "DAY"
    value["ledger:statedBy"] = [_speaker(source, names) for source in row["asserted_by"]]
    value["ledger:statedIn"] = list(row["outlets"] or ())
    return value


def _party(party: str, name: str) -> dict[str, Any]:
    return {"@id": f"urn:ceasefire-monitor:party:{party}", "@type": "Organization", "name": name}


def _article(row: Row) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@id": _urn(row["article_id"]),
        "@type": ["NewsArticle", "prov:Entity"],
        "headline": row["title"],
        "url": row["url"],
        "publisher": {"@type": "Organization", "name": row["outlet"]},
        "inLanguage": row["language"],
        "ledger:textSha256": row["body_sha256"],
    }
    if row["published_at"] is not None:
        node["datePublished"] = _plain(row["published_at"])
    if row["archive_file"]:
        node["prov:wasDerivedFrom"] = _record(row)
    return node


def _record(row: Row) -> str:
    """The archive record of the page: file, offset and length of the WARC record in bytes."""
    return f"urn:ceasefire-monitor:warc:{row['archive_file']}?offset={row['archive_offset']}&length={row['archive_length']}"


def _claim(row: Row, first: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "@id": _urn(row["said_id"]),
        "@type": ["Claim", "prov:Entity"],
        "text": _quote(row),
        "about": _urn(row["proposal_id"]),
        "author": _speaker(row["said_by"], names),
        "ledger:party": _ref(row["party"]),
        "ledger:act": row["act"],
        "ledger:scope": row["scope"],
        "ledger:isNegated": bool(row["is_negated"]),
        "claimInterpreter": {"@type": "SoftwareApplication", "name": "ceasefire-monitor", "softwareVersion": row["method"]},
        "appearance": _urn(row["article_id"]),
        "firstAppearance": first,
        "prov:wasQuotedFrom": _urn(row["article_id"]),
    }


def _annotation(row: Row) -> dict[str, Any]:
    target: dict[str, Any] = {"oa:hasSource": _urn(row["article_id"]), "ledger:textSha256": row["body_sha256"]}
    body = row["body"]
    if body is not None and text_sha256(body) == row["body_sha256"]:
        start, end = row["start"], row["end"]
        target["oa:hasSelector"] = [
            {
                "@type": "oa:TextQuoteSelector",
                "oa:exact": body[start:end],
                "oa:prefix": body[max(0, start - _AROUND) : start],
                "oa:suffix": body[end : end + _AROUND],
            },
            {"@type": "oa:TextPositionSelector", "oa:start": start, "oa:end": end},
        ]
    return {
        "@id": f"{_urn(row['said_id'])}:annotation",
        "@type": "oa:Annotation",
        "oa:motivatedBy": {"@id": "oa:identifying" if row["kind"] == "mention" else "oa:describing"},
        "oa:hasBody": {"@id": _urn(row["proposal_id"] if row["kind"] == "mention" else row["said_id"])},
        "oa:hasTarget": target,
    }


def _quote(row: Row) -> str:
    """The words of the place, out of the stored text where it is still there."""
    body = row["body"]
    return str(row["exact"] if body is None else body[row["start"] : row["end"]])


def _speaker(said_by: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Whose word it is: a party, somebody who speaks for one, or a class of unnamed sources. The writer is the outlet's."""
    kind, _, party = said_by.rpartition(":")
    if party in names and not kind:
        return _ref(party)
    if party in names:
        return {"@type": "Person", "jobTitle": kind, "worksFor": _ref(party)}
    return {"@type": "Person" if said_by != "profile" else "SoftwareApplication", "name": said_by, "ledger:isUnnamed": True}


def _ref(party: str | None) -> dict[str, Any]:
    return {"@id": f"urn:ceasefire-monitor:party:{party}"}


def _urn(subject: str) -> str:
    return f"urn:ceasefire-monitor:{subject}"


def _plain(value: Any) -> Any:
    return f"{value.isoformat()}Z" if hasattr(value, "isoformat") else value
