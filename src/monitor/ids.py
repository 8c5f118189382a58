"""Deterministic ids and hashes: the same input always gets the same name, so that doing a thing twice adds nothing."""

import hashlib
import uuid

# Minted once for this project; changing it would rename every event.
NAMESPACE = uuid.UUID("7d0f2f2e-6d0b-5d1c-9c7e-3a3c5e1f4b10")
_SEPARATOR = "\x1f"  # cannot occur in an address, a key or a hash


def event_id(wire_type: str, *natural_key: str) -> uuid.UUID:
    """Id of an event: UUIDv5 (RFC 9562) over its type and its natural key."""
    return uuid.uuid5(NAMESPACE, _SEPARATOR.join((wire_type, *natural_key)))


def subject_id(kind: str, *natural_key: str) -> str:
    """Id of a subject such as a feed or an article: its kind and 80 bits of BLAKE2, ``article-3f2b…``.

    At 10**9 subjects of a kind the chance of any collision is about 4 in 10**7.
    """
    digest = hashlib.blake2b(_SEPARATOR.join(natural_key).encode(), digest_size=10).hexdigest()
    return f"{kind}-{digest}"


def sha256(data: bytes) -> str:
    """Hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def text_sha256(text: str) -> str:
    """Hex SHA-256 of a text in UTF-8."""
    return sha256(text.encode("utf-8", "surrogatepass"))
