"""The commands about alerts: list, why, resend, ack, confirm, dismiss, mute, test."""

import asyncio
import datetime as dt
import getpass
from typing import Annotated, Any

import typer
from rich.markup import escape

from ..alerts import ARRIVED, compose_test, spoken
from ..errors import AlertError
from ..events import AlertAcknowledged, AlertJudged, AlertMuted, AlertResendAsked, EventData, MuteField
from ..pipeline.shared import Pipeline, load_pipeline
from ..warehouse import query_copy
from .app import GIVEN, Json, app
from .show import as_records, cell, console, print_json

alerts_app = typer.Typer(
    invoke_without_command=True,
    help="Every alert, with the sentence and the page that it rests on; and what people say to them.",
    epilog="Example: [bold]monitor alerts[/bold]",
)
app.add_typer(alerts_app, name="alerts")
AlertId = Annotated[str, typer.Argument(help="Id of an alert, or its beginning.")]
Author = Annotated[str, typer.Option(help="Who says so (the name of this login).")]
_WHY = (
    ("varies", "varies"),
    ("nearest_known", "nearest known"),
    ("why_not_that", "points for and against that one"),
    ("withheld", "not sent"),
)
Reason = Annotated[str, typer.Option(help="Why; it is kept with the event.")]


@alerts_app.callback()
def alerts(context: typer.Context, as_json: Json = False) -> None:
    """Every alert, with the sentence and the page that it rests on."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@alerts_app.command("list", epilog="Example: [bold]monitor alerts list --open[/bold]   (those that nobody acknowledged)")
def alerts_list(
    as_json: Json = False, is_open: Annotated[bool, typer.Option("--open", help="Only those not acknowledged.")] = False
) -> None:
    """Every alert, with its passage and how it reached its channels."""
    _list(as_json=as_json, only_open=is_open)


def _list(*, as_json: bool, only_open: bool = False) -> None:
    where = " WHERE acknowledged_by IS NULL" if only_open else ""
    found = as_records(query_copy(GIVEN.files(), f"FROM report.alert_evidence{where}"))
    if as_json:
        print_json(found)
        return
    for alert in found:
        edit = ", by an edit of a known article" if alert["by_an_edit"] else ""
        console.print(
            f"[bold]{escape(str(alert['label']))}[/]  ({alert['kind']}{edit}; {cell(alert['raised_at'])} UTC) {alert['alert_id']}"
        )
        lines = [f"according to {spoken(str(alert['according_to']))}, in {alert['outlet']}" if alert["according_to"] else ""]
        lines += [f"“{alert['sentence']}”" if alert["sentence"] else "", str(alert["url"])]
        lines.append(f"archive: {alert['archive_file']} at {alert['archive_offset']}" if alert["archive_file"] else "")
        lines.append(f"varies: {alert['varies']}" if alert["varies"] else "")
        points = f"points for and against: {alert['why_not_that'] or 'none'}"
        lines.append(f"nearest known: {alert['nearest_known']}; {points}" if alert["nearest_known"] else "")
        lines.append(f"not sent: {alert['withheld']}" if alert["withheld"] else "")
        lines.append(f"reached: {cell(alert['reached'])}" if alert["reached"] else "")
        lines.append(f"acknowledged by {alert['acknowledged_by']}" if alert["acknowledged_by"] else "")
        console.print("".join(f"  {line}\n" for line in lines if line), markup=False, soft_wrap=True)
    if not found:
        console.print("no alerts yet")


@alerts_app.command("why", epilog="Example: [bold]monitor alerts why alert-3f2b[/bold]")
def alerts_why(alert_id: AlertId, as_json: Json = False) -> None:
    """Why an alert was raised, and why it went to each channel, or waits, or does not go."""
    pipeline = load_pipeline(GIVEN.settings())
    found = _alert(alert_id)
    waits = _waiting(pipeline, str(found["alert_id"]))
    statement = f"""SELECT channel, state, round, attempts, repeats, last_attempt_at, retry_from, reason
        FROM delivery WHERE alert_id = '{found["alert_id"]}' ORDER BY channel"""
    ways = [{**row, "now": waits.pop(str(row["channel"]), "")} for row in as_records(query_copy(GIVEN.files(), statement))]
    ways += [{"channel": channel, "state": "waiting", "now": why} for channel, why in waits.items()]
    if as_json:
        print_json({**found, "channels": ways})
        return
    console.print(
        f"[bold]{escape(str(found['label']))}[/]  {found['alert_id']}  ({found['kind']}; {cell(found['raised_at'])} UTC)"
    )
    because = (
        f"raised because of “{found['sentence']}” in {found['url']}" if found["sentence"] else f"raised because of {found['url']}"
    )
    console.print(because, markup=False, soft_wrap=True)
    for name, text in _WHY:
        if found[name]:
            console.print(f"{text}: {found[name]}", markup=False, soft_wrap=True)
    for way in ways:
        told = "; ".join(
            f"{name} {cell(value)}" for name, value in way.items() if name != "channel" and value not in (None, "", 0)
        )
        console.print(f"  {way['channel']}: {told}", markup=False, soft_wrap=True)


@alerts_app.command("resend", epilog='Example: [bold]monitor alerts resend alert-3f2b --channel desk --reason "lost"[/bold]')
def alerts_resend(
    alert_id: AlertId,
    reason: Reason,
    channel: Annotated[list[str] | None, typer.Option(help="Channel; all that are on without it.")] = None,
    author: Author = "",
) -> None:
    """Send an alert once more with the next run, also one that was held back; it says that it was sent again."""
    found, pipeline = _alert(alert_id), load_pipeline(GIVEN.settings())
    from ..notify import channels  # with its HTTP client, which lists need not wait for

    known = [one.name for one in channels(pipeline.settings.alerts, pipeline.settings.data)]
    for name in channel or ():
        _known_channel(name, known)
    rows = query_copy(GIVEN.files(), f"SELECT channel, round FROM delivery WHERE alert_id = '{found['alert_id']}'").rows
    rounds = {str(name): int(number) for name, number in rows}
    _record(
        pipeline,
        [
            AlertResendAsked(
                alert_id=str(found["alert_id"]),
                channel=name,
                round=rounds.get(name, 1) + 1,
                author=author or getpass.getuser(),
                reason=reason,
                asked_at=pipeline.clock(),
            )
            for name in channel or known
        ],
    )
    console.print(f"goes to {', '.join(channel or known)} with the next run")


@alerts_app.command("ack", epilog='Example: [bold]monitor alerts ack alert-3f2b --reason "called them"[/bold]')
def alerts_ack(alert_id: AlertId, reason: Reason = "", author: Author = "") -> None:
    """Say that somebody has seen an alert; it is not repeated any more."""
    found, pipeline = _alert(alert_id), load_pipeline(GIVEN.settings())
    name = author or getpass.getuser()
    event = AlertAcknowledged(alert_id=str(found["alert_id"]), author=name, reason=reason, acknowledged_at=pipeline.clock())
    is_new = _record(pipeline, [event])
    console.print(f"acknowledged by {name}" if is_new else "was acknowledged already")


@alerts_app.command("confirm", epilog='Example: [bold]monitor alerts confirm alert-3f2b --reason "the text is new"[/bold]')
def alerts_confirm(alert_id: AlertId, reason: Reason = "", author: Author = "") -> None:
    """Say that an alert was right; report.alert_precision counts it. Your last word on it counts."""
    _judge(alert_id, is_right=True, reason=reason, author=author)


@alerts_app.command(
    "dismiss", epilog='Example: [bold]monitor alerts dismiss alert-3f2b --reason "the plan of April, told again"[/bold]'
)
def alerts_dismiss(alert_id: AlertId, reason: Reason, author: Author = "") -> None:
    """Say that an alert was wrong, and why; report.alert_precision counts it. Nothing else changes."""
    _judge(alert_id, is_right=False, reason=reason, author=author)


def _judge(alert_id: str, *, is_right: bool, reason: str, author: str) -> None:
    found, pipeline = _alert(alert_id), load_pipeline(GIVEN.settings())
    name = author or getpass.getuser()
    event = AlertJudged(
        alert_id=str(found["alert_id"]), is_right=is_right, author=name, reason=reason, judged_at=pipeline.clock()
    )
    _record(pipeline, [event])
    console.print(f"{'confirmed' if is_right else 'dismissed'} by {name}", markup=False)


@alerts_app.command(
    "mute", epilog='Example: [bold]monitor alerts mute outlet gazette.example --reason "prints rumours" --days 7[/bold]'
)
def alerts_mute(
    field: Annotated[str, typer.Argument(help="proposal, party, kind, outlet or feed.")],
    value: Annotated[str, typer.Argument(help="Its id, kind or host.")],
    reason: Reason,
    days: Annotated[float | None, typer.Option(help="For so many days; for good without it.", min=0.01)] = None,
    is_off: Annotated[bool, typer.Option("--off", help="Take it back.")] = False,
    author: Author = "",
) -> None:
    """Send no alerts about something from now on. They are still raised and listed."""
    if field not in MuteField.__args__:  # type: ignore[attr-defined]
        raise AlertError("cannot be muted", subject=field, way_out=f"There are: {', '.join(MuteField.__args__)}.")  # type: ignore[attr-defined]
    pipeline = load_pipeline(GIVEN.settings())
    now = pipeline.clock()
    event = AlertMuted.model_validate(
        {
            "topic_id": pipeline.topic,
            "field": field,
            "value": value,
            "until": now + dt.timedelta(days=days) if days else None,
            "is_off": is_off,
            "author": author or getpass.getuser(),
            "reason": reason,
            "muted_at": now,
        }
    )
    _record(pipeline, [event])
    console.print(f"{field} {value} is {'no longer muted' if is_off else 'muted'}", markup=False)


@alerts_app.command("test", epilog="Example: [bold]monitor alerts test desk[/bold]")
def alerts_test(channel: Annotated[str, typer.Argument(help="Name of a channel that the settings turn on.")]) -> None:
    """Send a message that says that it is a test. Nothing is recorded."""
    settings = GIVEN.settings()
    from ..notify import channels, send

    found = {one.name: one for one in channels(settings.alerts, settings.data)}
    _known_channel(channel, list(found))
    message = compose_test(channel, at=dt.datetime.now(dt.UTC))
    refusal = asyncio.run(send(found[channel], message, tries=1, pause_seconds=0))
    if refusal is not None:
        raise AlertError(f"did not take the test: {refusal.reason}", subject=channel, way_out="Mend its address in the settings.")
    console.print(f"{channel} took the test", markup=False)


def _alert(beginning: str) -> dict[str, Any]:
    """The one alert whose id begins so. Raises AlertError where there is none, or more than one."""
    found = [dict(row) for row in as_records(query_copy(GIVEN.files(), "FROM report.alert_evidence"))]
    meant = [
        row
        for row in found
        if str(row["alert_id"]).startswith(beginning) or str(row["alert_id"]).startswith(f"alert-{beginning}")
    ]
    if len(meant) != 1 or not beginning:
        problem = "there is no such alert" if not meant else f"{len(meant)} alerts begin so"
        raise AlertError(problem, subject=beginning, way_out="`monitor alerts list` shows them with their ids.")
    return meant[0]


def _known_channel(name: str, known: list[str]) -> None:
    if name not in known:
        raise AlertError("is no channel that is on", subject=name, way_out=f"There are: {', '.join(known) or 'none'}.")


def _waiting(pipeline: Pipeline, alert_id: str) -> dict[str, str]:
    """Channel → what the rules say of an alert that has not reached it."""
    from ..pipeline.alerting import decisions

    with pipeline.warehouse() as live:
        decided = decisions(pipeline, live, with_reminders=True)
    return {
        one.channel: f"{said.act}: {said.why}" + (f", until {said.until:%Y-%m-%d %H:%M} UTC" if said.until else "")
        for one, said in decided
        if one.alert.alert_id == alert_id and (said.until or said.why != ARRIVED)
    }


def _record(pipeline: Pipeline, events: list[EventData]) -> bool:
    """Append what a person says, and let readers see it; false where it was known already."""
    with pipeline.warehouse() as live:
        appended = pipeline.append(live, pipeline.wrap(events))
        live.publish()
    return bool(appended.new)
