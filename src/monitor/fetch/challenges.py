"""Answers that ask for proof of a human reader. Recognised so that they are counted as such; nothing is done to evade them.

Only signs that a protection service documents, or that its pages cannot be without. A 403 alone is no sign, nor is a
server's name: an outlet behind such a service also answers 403 for its own reasons. Titles ("Just a moment…") are left out:
an article may have that title.
"""

from collections.abc import Mapping

# Header and the values that mean a challenge, as the services' own documents say: Cloudflare, Vercel, AWS WAF.
_HEADERS: dict[str, tuple[str, ...]] = {
    "cf-mitigated": ("challenge",),
    "x-vercel-mitigated": ("challenge",),
    "x-amzn-waf-action": ("challenge", "captcha"),
}
# In the markup of challenges that come with status 200: Anubis, Imperva. An article's page has none of them in its head.
_MARKUP: dict[bytes, str] = {b'id="anubis_challenge"': "Anubis", b'src="/_Incapsula_Resource?SWUDNSAI': "Imperva"}
_HEAD = 16 * 1024


def challenge_in(headers: Mapping[str, str]) -> str | None:
    """The sign in an answer's headers (names in lower case), or None."""
    for name, values in _HEADERS.items():
        value = headers.get(name)
        if value is not None and value.strip().lower() in values:
            return f"{name}: {value.strip()}"
    return None


def challenge_in_body(body: bytes) -> str | None:
    """The sign in the first bytes of a page, or None."""
    head = body[:_HEAD]
    return next((f"a page of {name}" for mark, name in _MARKUP.items() if mark in head), None)
