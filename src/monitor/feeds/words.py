"""Text as it stands in feeds: without control characters, without markup, and mended where it was encoded twice."""

import re

import lxml.etree
import lxml.html
from lxml.etree import LxmlError

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_MARKUP = re.compile(r"<[a-zA-Z!/][^>]*>|&[a-zA-Z#]\w{1,8};")
_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]")


def clean(text: str) -> str:
    """Without control characters and with single spaces."""
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()


def plain(text: str) -> str:
    """Plain text of what may be HTML."""
    text = _CONTROL.sub("", text)
    if _MARKUP.search(text):
        try:
            tree = lxml.html.fragment_fromstring(text, create_parent="div")
            lxml.etree.strip_elements(tree, "script", "style", with_tail=False)
            text = " ".join(tree.itertext())
        except (LxmlError, ValueError, AssertionError):  # lxml asserts that a page has one body
            text = _MARKUP.sub(" ", text)
    return clean(decoded_once_more(text))


def decoded_once_more(text: str) -> str:
    """Undo a reading of UTF-8 as windows-1252 ("TrÃªve"), where the whole text proves it.

    Proof: every character outside ASCII takes part in a valid UTF-8 sequence. Text that was never broken does not pass
    that by chance, since one lone "é" is no such sequence. Parts of a text are never mended by themselves.
    """
    if not _TWICE.search(text):
        return text
    raw = bytearray()
    for character in text:
        try:
            raw += character.encode("cp1252")
        except UnicodeEncodeError:  # windows-1252 has five holes; what stood there is the byte of that number
            if ord(character) > 0xFF:
                return text
            raw.append(ord(character))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text
