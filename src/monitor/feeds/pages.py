"""What stands at a feed's address instead of a feed: which kind of web page it is.

The kinds matter to who looks after the feeds: a challenge means that the site turns programs away, a parked page that the
outlet is gone, a log-in page that the feed is no longer public. Only signs of the machinery count (a form, a script, a
vendor's name), in any language; sentences are read where the page has them in the vendor's own fixed English.
"""

import re

import lxml.etree
import lxml.html

_CHALLENGE = re.compile(
    rb"cf[-_]chl|_incapsula_resource|ddos-guard|px-captcha|captcha-delivery|awswafintegration|aws-waf-token|sgcaptcha|g-recaptcha"
    rb"|h-captcha|cf-turnstile|<title>\s*just a moment|are you a (?:human|robot)|verify (?:that )?you are (?:a )?human"
    rb"|enable javascript and cookies to continue|checking your browser",
    re.IGNORECASE,
)
_CHALLENGE_WORDS = 150  # ordinary pages carry the same scripts for their comment forms; a challenge has nothing else
_PARKED = re.compile(
    rb"sedoparking|parkingcrew|bodis\.com|parklogic|above\.com|hugedomains|afternic|dan\.com/buy-domain|uniregistry|domain-for-sale"
    rb"|this domain (?:name )?(?:is|may be) (?:for sale|parked)|buy this domain|domain (?:has )?expired",
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"<input[^>]{0,300}type\s*=\s*[\"']?password", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]{0,200}>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(rb"<(?:a|p|img|h[1-6])[\s>]", re.IGNORECASE)
_HEAD = 300_000  # bytes that are looked at


def page_kind(body: bytes) -> tuple[str, str]:
    """Reason (of POLL_FAILURES) and detail for a web page: challenge, parked, login, empty, or just html."""
    body = body[:_HEAD]
    title = _title(body)
    said = f"a web page, not a feed{f': {title!r}' if title else ''}"
    words = _words(body)
    if (sign := _CHALLENGE.search(body)) and words < _CHALLENGE_WORDS:
        return "challenge", f"{said} ({_text(sign[0])})"
    if sign := _PARKED.search(body):
        return "parked", f"{said} ({_text(sign[0])})"
    if _PASSWORD.search(body):
        return "login", f"{said} (it asks for a password)"
    if not title and not words and not _LINK.search(body):
        return "empty", "a web page without content"
    return "html", said


def _title(body: bytes) -> str:
    found = _TITLE.search(body)
    return _text(found[1])[:100] if found else ""


def _text(raw: bytes) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", raw.decode("utf-8", "replace")).split())


def _words(body: bytes) -> int:
    """How many words a reader would see."""
    try:
        tree = lxml.html.document_fromstring(body)
        lxml.etree.strip_elements(tree, "script", "style", "head", "noscript", lxml.etree.Comment, with_tail=False)
        return len(" ".join(tree.itertext()).split())
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return 0
