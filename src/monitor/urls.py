"""Canonical addresses and host keys.

The canonical address is an article's identity, and identities never expire, so the rules stand here and not in a
library: an upgrade of somebody else's cleaner must not rename the articles of last year. The rules are those of
RFC 3986 section 6.2 (case, default port, percent-encoding, dot segments) plus the removal of tracking keys and the
fragment. Road not taken: dropping every query key, since many outlets keep the article's number there.
"""

import re
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(utm_.*|at_(medium|campaign|link.*|custom.*|format|ptr.*|bbc.*)|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|"
    r"ns_(mchannel|campaign|source|linkname|fee)|traffic_source|ito|cmp|cmpid|cid_source|ocid|xtor|smid|smtyp|ftag|"
    r"ref_src|ref_url|_ga|_gl|partner|taid|feedtype|__twitter_impression|mkt_tok|wt_mc|s_cid|sr_share)$",
    re.IGNORECASE,
)
_DEFAULT_PORT = {"http": 80, "https": 443}
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_BARE = re.compile("%(?![0-9A-Fa-f]{2})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNRESERVED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_MAX_LENGTH = 2083  # longer ones are session state or an attack; the limit of the strictest browsers in use


def absolute_url(link: str, base: str) -> str | None:
    """Resolve ``link`` against the feed's or page's address; None when no http(s) address comes out.

    Scheme-less links ("//host/x") and links that lack the scheme ("www.host/x") are repaired.
    """
    link = re.sub(r"[\t\r\n\x00-\x1f]", "", link.strip())
    if re.match(r"^www\.[^/\s]+\.[^/\s]+", link):
        link = "https://" + link
    try:
        joined = urljoin(base, link) if link else ""
        parts = urlsplit(joined)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or len(joined) > _MAX_LENGTH:
        return None
    return joined


def canonical_url(url: str) -> str:
    """The form under which an article is known. Idempotent; insensitive to the order of query keys.

    http and https count as one address, as do a trailing slash and none: no outlet serves two articles so.
    """
    parts = urlsplit(_SURROGATE.sub("", url.strip()))
    host = (parts.hostname or "").rstrip(".").lower()
    port = parts.port
    netloc = f"[{host}]" if ":" in host else host
    if port and port not in (443, _DEFAULT_PORT.get(parts.scheme.lower())):
        netloc = f"{netloc}:{port}"
    path = quote(
        _remove_dots(_ESCAPE.sub(_plain_where_unreserved, _BARE.sub("%25", parts.path))),
        safe="%/:@!$&'()*+,;=~-._",
        errors="replace",
    )
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")  # not every escape is UTF-8
    query = urlencode(sorted((k, v) for k, v in pairs if not _TRACKING.match(k)), errors="surrogateescape")
    return urlunsplit(("https", netloc, path, query, ""))


def _plain_where_unreserved(escape: re.Match[str]) -> str:
    """RFC 3986 section 6.2.2: "%7e" is "~", but "%2F" is not a slash."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _remove_dots(path: str) -> str:
    """RFC 3986 section 5.2.4 on a path, and runs of slashes folded."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) if kept else ""


def host_key(url: str) -> str:
    """Host and port, lower case: what politeness is counted by."""
    return urlsplit(url).netloc.rsplit("@", 1)[-1].lower()


def outlet_key(url: str) -> str:
    """Host without a leading ``www.``, ``m.`` or ``amp.``: what "the same publisher" is decided by."""
    return re.sub(r"^(www|m|amp|mobile)\.", "", (urlsplit(url).hostname or "").lower())
