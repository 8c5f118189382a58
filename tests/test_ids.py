"""Ids decide what counts as the same: they must be stable for ever and distinct for distinct keys. Keys are fictional."""

import hashlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import ids

key_parts = st.lists(
    st.text(alphabet=st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), min_size=1, max_size=4
)


def test_event_ids_are_uuid5_as_the_rfc_derives_them():
    """RFC 9562 section 5.5: SHA-1 over namespace and name, version 5. Any other program can derive our ids."""
    digest = hashlib.sha1(uuid.UUID("7d0f2f2e-6d0b-5d1c-9c7e-3a3c5e1f4b10").bytes + b"run.started\x1frun-01").digest()
    assert ids.event_id("run.started", "run-01") == uuid.UUID(bytes=digest[:16], version=5)


def test_an_event_id_depends_on_the_type_as_well_as_on_the_key():
    assert ids.event_id("entry.seen", "e1") != ids.event_id("entry.revised", "e1")


@given(key_parts, key_parts)
def test_two_keys_share_an_id_only_if_they_are_the_same_key(a, b):
    """The parts are kept apart: ("ab", "c") is not ("a", "bc")."""
    assert (ids.event_id("t", *a) == ids.event_id("t", *b)) == (a == b)
    assert (ids.subject_id("feed", *a) == ids.subject_id("feed", *b)) == (a == b)


def test_where_the_parts_of_a_key_are_cut_counts():
    assert ids.subject_id("entry", "ab", "c") != ids.subject_id("entry", "a", "bc")


def test_a_subject_id_tells_its_kind_and_is_fit_for_a_file_name_or_an_address():
    kind, _, digest = ids.subject_id("article", "https://gazette.norland.test/هدنة").partition("-")
    assert kind == "article"
    assert len(digest) == 20  # 80 bits in hex
    assert set(digest) <= set("0123456789abcdef")


@pytest.mark.parametrize("text", ["", "truce", "هدنة", "\N{GRINNING FACE}"])
def test_the_hash_of_a_text_is_that_of_its_utf8_bytes(text):
    assert ids.text_sha256(text) == hashlib.sha256(text.encode()).hexdigest() == ids.sha256(text.encode())


def test_a_text_with_a_lone_surrogate_still_has_a_hash():
    """Damaged pages yield such texts; they must not stop a run, and must not pass for the undamaged text."""
    assert ids.text_sha256("a\ud800b") != ids.text_sha256("ab")
