"""Bytes of a page to characters."""

import re

from charset_normalizer import from_bytes

_META_CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-z0-9_:.-]+)")
_XML_CHARSET = re.compile(rb"\A\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([a-zA-Z0-9_:.-]+)")
_LANGUAGE = re.compile(rb"(?i)<html[^>]{0,300}\blang\s*=\s*[\"']?\s*([a-z]{2,3})")
_UNSEEN = re.compile(rb"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
_BOMS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LEAST_VALID = 20  # characters
_SAMPLE = 20_000  # bytes of visible text to guess from: more changes nothing
_LEAST_NULS = 0.2  # of the bytes at even or at odd places: half of Latin text in UTF-16 are NULs, of other scripts the markup

# What browsers take these names for (WHATWG, Encoding Standard): who declares them nearly always writes windows-1252.
_LATIN = dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "ascii", "us-ascii"), "cp1252")

# The one-byte encoding that browsers assume for pages in a language when nothing is declared (WHATWG, Encoding Standard
# and HTML, "fallback encoding"); a page says its language more often than its encoding.
_FALLBACKS = {
    **dict.fromkeys(("ar", "fa", "ur"), "cp1256"),
    **dict.fromkeys(("he", "iw", "yi"), "cp1255"),
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "be", "kk"), "cp1251"),
    **dict.fromkeys(("tr", "az", "ku"), "cp1254"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "ro", "bs"), "cp1250"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    "el": "cp1253",
    "th": "cp874",
    "vi": "cp1258",
    "ja": "cp932",
    "ko": "cp949",
}


def decoded(page: bytes, charset: str | None) -> str:
    """The page as text. ``charset`` is the server's.

    A byte-order mark says it all. UTF-8 proves itself: other text is not valid UTF-8 by chance. UTF-16 without a mark is
    known by its NULs. Then the page's own declaration is believed before the server's: a server has one default for all its
    files. Where nobody says anything, the language that the page declares tells its encoding, or else it is guessed
    from the visible text alone, since markup and scripts look the same in every encoding. Never raises.
    """
    for mark, name in _BOMS:
        if page.startswith(mark):
            return page.decode(name, "replace")
    if wide := _wide(page):
        return page.decode(wide, "replace")
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        if (nearly := _nearly_utf8(page)) is not None:
            return nearly
    head = page[:8192]
    declared = _META_CHARSET.search(head) or _XML_CHARSET.search(head)
    language = _LANGUAGE.search(head)
    assumed = _FALLBACKS.get(language[1].decode("ascii").lower()) if language else None
    names = [name for name in (declared[1].decode("ascii") if declared else None, charset, assumed) if name]
    for name in names:
        try:
            return page.decode(_LATIN.get(name.lower(), name))
        except (LookupError, ValueError):  # some codecs raise a bare UnicodeError
            continue
    return page.decode(_guessed(page), "replace")


def _nearly_utf8(page: bytes) -> str | None:
    """The page as UTF-8 with some broken places (a cut character, stray bytes of an advertisement), if it is that.

    Text in another encoding has next to no sequences that are valid in UTF-8, so many of them prove it as well.
    """
    text = page.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    valid = sum(character > "\x7f" for character in text) - broken
    return text if valid >= _LEAST_VALID and broken <= valid / 20 else None


def _wide(page: bytes) -> str | None:
    sample = page[:4096]
    half = len(sample) // 2
    if half < 16:
        return None
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if max(even, odd) < _LEAST_NULS or min(even, odd) > max(even, odd) / 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _guessed(page: bytes) -> str:
    """The encoding that makes most sense of the visible text."""
    seen = b" ".join(_UNSEEN.sub(b" ", page[:2_000_000]).split())
    first = next((number for number, byte in enumerate(seen) if byte > 0x7F), 0)
    best = from_bytes(seen[max(0, first - 200) : first + _SAMPLE]).best()
    return best.encoding if best is not None else "cp1252"
