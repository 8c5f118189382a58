"""The stages, each a work list, a pure function and an append: how an article travels.

``collect`` polls the feeds that are due and fetches the pages that entries ask for; ``analyse`` turns pages into
articles, judges duplicates, reads mentions and resolves them to proposals; ``alert`` raises what is owed and delivers
it; ``publish`` gives people a new copy. The warehouse is open only to read work lists and to append events, never
while anything is fetched, extracted or sent. Every stage may be cut off anywhere and started again.
"""

from .alerting import alert
from .analysing import analyse, detect, extract, judge, resolve
from .apart import extract_apart
from .collecting import collect
from .fetching import fetch_batch
from .importing import import_pages
from .moving import move_feed
from .polling import poll_feeds
from .redacting import Redaction, redact
from .running import begin, finish, import_documents, run_cycle
from .shared import IMPORT_FEED, Pipeline, load_pipeline, one_run_at_a_time, topic_path

__all__ = [
    "IMPORT_FEED",
    "Pipeline",
    "Redaction",
    "alert",
    "analyse",
    "begin",
    "collect",
    "detect",
    "extract",
    "extract_apart",
    "fetch_batch",
    "finish",
    "import_documents",
    "import_pages",
    "judge",
    "load_pipeline",
    "move_feed",
    "one_run_at_a_time",
    "poll_feeds",
    "redact",
    "resolve",
    "run_cycle",
    "topic_path",
]
