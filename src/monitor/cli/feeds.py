"""The commands about feeds: how each is doing, and where it is polled."""

from typing import Annotated

import typer

from ..errors import TopicError
from ..pipeline.moving import move_feed
from ..pipeline.shared import load_pipeline
from ..warehouse import query_copy
from .app import GIVEN, Json, feeds_app
from .show import as_records, console, err, print_json, print_table

# What fits on a screen; --json has every column of report.feed_health, `monitor sql` too.
_HEALTH = """
SELECT feed, state, last_success, interval_minutes AS every, entries_last_day AS new_1d, entries_expected AS expected, overlap,
latency_minutes AS latency, gaps, quiet_hours AS quiet, expected_quiet_hours AS usual, concat_ws('; ', reason, left(detail, 60),
if(is_distrusted, 'validators lie', NULL), if(policy <> 'guid', 'keys: ' || policy, NULL), 'leads to ' || moved_to, 'the same as
' || duplicate_of) AS notes FROM report.feed_health"""


@feeds_app.callback(epilog="Example: [bold]monitor feeds[/bold]")
def feeds(context: typer.Context, as_json: Json = False) -> None:
    """Every feed: state, last success, new entries against expectation, overlap, latency, gaps, hours of quiet, and why."""
    if context.invoked_subcommand is not None:
        return
    table = query_copy(GIVEN.files(), "FROM report.feed_health" if as_json else _HEALTH)
    if as_json:
        print_json(as_records(table))
        return
    print_table(table)
    if table.rows and err.is_terminal:
        err.print("[dim]every, latency: minutes; quiet, usual: hours since something new, and the 99th percentile of its gaps[/]")


@feeds_app.command(
    epilog="Example: [bold]monitor feeds move 'Norland Gazette' https://gazette.example/all.xml[/bold]   (--back undoes it)"
)
def move(
    feed: Annotated[str, typer.Argument(help="Name, id or address of the feed in the profile.")],
    url: Annotated[str | None, typer.Argument(help="Where to poll it from now on.")] = None,
    is_back: Annotated[bool, typer.Option("--back", help="Poll it at the address of the profile again.")] = False,
) -> None:
    """Poll a feed at another address, or at its own again; redirects no longer move it then. Its entries stay known."""
    if (url is None) != is_back:
        raise TopicError("give an address or --back, one of the two", subject="feeds move", way_out="See the example in --help.")
    event = move_feed(load_pipeline(GIVEN.settings()), feed, url)
    console.print(f"{feed}: from {event.from_url} to {event.to_url}", markup=False, soft_wrap=True)
    if event.duplicate_of:
        console.print("another feed of the profile has that address: this one is not polled while it does")
