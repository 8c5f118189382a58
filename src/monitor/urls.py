"""Canonical addresses and host keys.

The canonical address is an article's identity, and identities never expire, so the rules stand here and not in a
library: an upgrade of somebody else's cleaner must not rename the articles of last year. The rules are those of
RFC 3986 section 6.2 (case, default port, percent-encoding, dot segments) plus the removal of tracking keys and the
fragment, and of what marks another rendering of the same page: AMP, a mobile host, ``index.html``.

Roads not taken: dropping every query key, since many outlets keep the article's number there; dropping ``www.``, which
would rename every article known; cutting slugs off here: an address without its slug is a guess, and two
articles taken for one are lost for ever, while one taken for two is found by its text.
"""

import re
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(utm_.*|at_(medium|campaign|link.*|custom.*|format|ptr.*|bbc.*)|[a-z]{0,3}clid|msclkid|gclsrc|wickedid|igshid?|mc_[ce]id|mkt_.*|mtm_.*|"
    r"pk_.*|matomo_.*|piwik_.*|itm_.*|oly_.*|vero_.*|ml_subscriber.*|ga_.*|gs_.*|ads?_.*|hsa_.*|_hs(enc|mi)|hsctatracking|__hs.*|"
    r"ns_(mchannel|campaign|source|linkname|fee)|traffic_source|ito|cmp|cmpid|cid_source|ocid|xtor|smid|smtyp|ftag|campaign(_?id)?|"
    r"ref_?(src|url|err?er)|_ga|_gl|gaa_.*|partner(id)?|taid|feedtype|__twitter_impression|wt_(mc|zmc)(_.*)?|s_cid|sr_share|"
    r"share(d|_?id|_?from|type)?|clickid|wbraid|gbraid|msockid|ncid|sh(are)?_?token|sfnsn|spm|srnd|trk(campaign)?|aff(iliate)?_?(id)?|"
    r"email_?source|fb_(action|ref|source).*|rss|guccounter|guce_.*|output_?type|amp_(js_v|gsa)|usqp)$",
    re.IGNORECASE,
)
# Keys that are tracking where they hold a word ("rss", "homepage"), and may be an article's number where they hold digits.
_TRACKING_IF_A_WORD = re.compile(r"^(ref|src|source|from|medium|via|origin)$", re.IGNORECASE)
_AMP_KEY = re.compile(r"^(amp|isamp|amp_?mode|view|output)$", re.IGNORECASE)
_AMP_VALUE = re.compile(r"^(|1|true|yes|amp)$", re.IGNORECASE)
_OTHER_HOST = re.compile(r"^(?:m|mobile|mobil|amp)\.(?=[^.]+\.[^.]+)")
_AMP_PATH = re.compile(r"^/amp(?=/.)|(?<=.)/amp$|(?<=.)[./]amp(?=\.html?$)|(?<=[^/])\.amp$", re.IGNORECASE)
_INDEX = re.compile(r"/(index\.(x?html?|shtml|php)|default\.aspx?)$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"[^/]+\.cdn\.ampproject\.org/|(www\.)?google\.[a-z.]+/amp/")
_COUNTERS = (
    (re.compile(r"(www\.)?google\.[a-z.]+/url$"), "url"),
    (re.compile(r"(www\.)?bing\.com/news/apiclick\.aspx$"), "url"),
    (re.compile(r"lm?\.facebook\.com/l\.php$"), "u"),
)
_AGGREGATORS = (
    (re.compile(r"news\.google\.[a-z.]+/(rss/)?(articles|read|stories|topics|search)(/|$)"), "Google News"),
    (re.compile(r"(www\.)?google\.[a-z.]+/(url|amp|search|alerts)(/|$)"), "Google"),
    (re.compile(r"(www\.)?bing\.com/news/(apiclick\.aspx|search)"), "Bing News"),
    (re.compile(r"feedproxy\.google\.com/|feeds\.feedburner\.com/~r/"), "FeedBurner"),  # switched off in 2021
    (re.compile(r"(www\.)?(newsbreak|smartnews|flipboard)\.com/"), "aggregator"),
    (re.compile(r"apple\.news/"), "Apple News"),
    (re.compile(r"consent\.(google|yahoo)\.com/"), "consent page"),
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
    return _unwrapped(joined)


def _unwrapped(url: str) -> str:
    """The address that a click counter or an AMP cache holds in itself, without asking it; other addresses as they are.

    Google's and ampproject.org's AMP caches (https://developers.google.com/amp/cache/overview), Google's ``/url``,
    Bing's and Facebook's counters. One that holds none is left as it is.
    """
    for _ in range(3):  # one may hold another
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        inner = ""
        if host.endswith(".cdn.ampproject.org") or (
            re.fullmatch(r"(www\.)?google\.[a-z.]+", host) and parts.path.startswith("/amp/")
        ):
            held = re.match(r"^/(?:amp|[a-z](?:/[a-z])?|wp)/(s/)?([^/]+\.[^/]+.*)$", parts.path)
            inner = f"{'https' if held[1] else 'http'}://{held[2]}" + (f"?{parts.query}" if parts.query else "") if held else ""
        elif key := next((key for pattern, key in _COUNTERS if pattern.match(f"{host}{parts.path}")), None):
            inner = next(iter(parse_qs(parts.query, errors="replace").get(key, [])), "")
            if key == "url" and not inner:
                inner = next(iter(parse_qs(parts.query, errors="replace").get("q", [])), "")
        try:
            held_parts = urlsplit(inner)
            _ = held_parts.port
        except ValueError:
            return url
        if held_parts.scheme.lower() not in ("http", "https") or not held_parts.hostname:
            return url
        url = inner
    return url


def aggregator(url: str) -> str | None:
    """The service that an address cannot leave without its help (a token, not a target), or None.

    Such a link is no article's address: many tokens lead to one article, and what answers is a consent page or a script.
    """
    parts = urlsplit(url)
    place = f"{(parts.hostname or '').lower()}{parts.path}"
    return next((name for pattern, name in _AGGREGATORS if pattern.match(place)), None)


def canonical_url(url: str) -> str:
    """The form under which an article is known. Idempotent; insensitive to the order of query keys.

    http and https count as one address, as do a trailing slash and none: no outlet serves two articles so. The AMP and the
    mobile rendering of a page have the page's own address, and what a click counter holds is the article.
    """
    url = _SURROGATE.sub("", url.strip())
    while True:  # a rendering of a rendering; each step makes it shorter
        plainer = _plainer(url)
        if plainer == url:
            return url
        url = plainer


def _plainer(url: str) -> str:
    parts = urlsplit(_unwrapped(url))
    host = _OTHER_HOST.sub("", (parts.hostname or "").rstrip(".").lower())
    port = parts.port
    netloc = f"[{host}]" if ":" in host else host
    if port and port not in (443, _DEFAULT_PORT.get(parts.scheme.lower())):
        netloc = f"{netloc}:{port}"
    path = quote(
        _INDEX.sub("", _AMP_PATH.sub("", _remove_dots(_ESCAPE.sub(_plain_where_unreserved, _BARE.sub("%25", parts.path))))),
        safe="%/:@!$&'()*+,;=~-._",
        errors="replace",
    )
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")  # not every escape is UTF-8
    query = urlencode(sorted((k, v) for k, v in pairs if not _is_tracking(k, v)), errors="surrogateescape")
    return urlunsplit(("https", netloc, path, query, ""))


def _is_tracking(key: str, value: str) -> bool:
    """Whether a key of a query says where a reader came from or how a page is to look, and not which page."""
    if _TRACKING.match(key):
        return True
    if _AMP_KEY.match(key):
        return bool(_AMP_VALUE.match(value)) and (key.lower() not in ("view", "output") or value.lower() == "amp")
    return bool(_TRACKING_IF_A_WORD.match(key)) and value != "" and not re.search(r"\d", value) and len(value) <= 40


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
