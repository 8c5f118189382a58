"""Feeds: bytes to entries, and a poll's answer to events.

One function, ``parse_feed``, reads RSS, RDF and Atom (``documents``), JSON Feed (``json_feed``) and news sitemaps
(``sitemaps``); before that a document is unpacked, decoded and disarmed (``guard``). Everything that claims to be a feed is
read from bytes: the document itself knows its encoding better than we do. An ill-formed document that yields entries
is a feed (that it is ill-formed is recorded); one that yields none is a failure with a reason.
"""
