"""The commands by which people correct the ledger: proposals merge, split, rename, dismiss, confirm. Each is an event."""

from typing import Annotated

import typer

from ..errors import RulingError
from ..events import EventData, MentionDetected
from ..pipeline.ruling import Decide, rule
from ..pipeline.shared import load_pipeline
from ..rulings import RuledLedger, Ruling, confirm, confirm_mention, dismiss, merge, part, rename, undo_merge
from .app import GIVEN
from .proposals import proposals_app
from .show import console

Author = Annotated[str, typer.Option(help="Who decides (the setting `author`).")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the event.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]
ProposalId = Annotated[str, typer.Argument(help="Id of a proposal, or its beginning.")]


def _rule(decide: Decide, author: str, reason: str, *about: str, reading: tuple[str, ...] = ()) -> None:
    pipeline = load_pipeline(GIVEN.settings())
    by = Ruling.of(author or pipeline.settings.author, reason, pipeline.clock(), *about)
    events = rule(pipeline, decide, by, reading=reading)
    moved = sum(event.wire == "mention.assigned" for event in events)
    opened = [str(getattr(event, "proposal_id", "")) for event in events if event.wire == "proposal.opened"]
    told = [f"opened {', '.join(opened)}"] if opened else []
    told += [f"{moved} mention{'' if moved == 1 else 's'} moved"] if moved else []
    console.print(f"recorded by {by.author}{''.join(f'; {one}' for one in told)}", markup=False, soft_wrap=True)


@proposals_app.command(
    "merge", epilog='Example: [bold]monitor proposals merge proposal-1a proposal-2b --reason "one offer"[/bold]'
)
def proposals_merge(
    proposal: Annotated[str, typer.Argument(help="Id of the proposal that is another one.")],
    into: Annotated[str, typer.Argument(help="Id of the one that it is.")],
    reason: Reason = "",
    author: Author = "",
) -> None:
    """Say that two proposals are one. Later mentions of either mean the second; who was alerted to the first is told."""
    _rule(lambda ledger, _read, by: merge(ledger, proposal, into, by), author, reason, "merge", proposal, into)


@proposals_app.command("split", epilog='Example: [bold]monitor proposals split proposal-1a --reason "its own offer"[/bold]')
def proposals_split(
    proposal: ProposalId,
    mention: Annotated[
        list[str] | None, typer.Option(help="A mention that does not mean it; may be given several times.")
    ] = None,
    to: Annotated[str, typer.Option(help="The proposal that the mentions mean; one of their own without it.")] = "",
    reason: Reason = "",
    author: Author = "",
) -> None:
    """Undo a merge; or part mentions from a proposal that do not mean it."""
    mentions = tuple(mention or ())
    if to and not mentions:
        raise RulingError("needs --mention", subject="--to", way_out="Name the mentions that mean the other proposal.")
    profile = load_pipeline(GIVEN.settings()).profile

    def decide(ledger: RuledLedger, read: dict[str, MentionDetected], by: Ruling) -> list[EventData]:
        return part(ledger, proposal, mentions, to, read, profile, by) if mentions else undo_merge(ledger, proposal, by)

    _rule(decide, author, reason, "split", proposal, *mentions, to, reading=mentions)


@proposals_app.command(
    "rename", epilog='Example: [bold]monitor proposals rename proposal-1a "The harbour plan" --reason "so called"[/bold]'
)
def proposals_rename(
    proposal: ProposalId,
    label: Annotated[str, typer.Argument(help="The new short name.")] = "",
    reason: Reason = "",
    author: Author = "",
    is_undone: Undo = False,
) -> None:
    """Give a proposal another short name; with --undo, the one again under which it entered the ledger."""
    if bool(label.strip()) == is_undone:
        raise RulingError("needs a name, or --undo", subject=proposal, way_out='monitor proposals rename ID "NAME" --reason …')
    _rule(
        lambda ledger, _read, by: rename(ledger, proposal, label.strip() or None, by), author, reason, "rename", proposal, label
    )


@proposals_app.command("dismiss", epilog='Example: [bold]monitor proposals dismiss proposal-1a --reason "a novel\'s plot"[/bold]')
def proposals_dismiss(
    subject: Annotated[str, typer.Argument(metavar="ID", help="Id of a proposal, or of a mention that the ledger left open.")],
    reason: Reason = "",
    author: Author = "",
    is_undone: Undo = False,
) -> None:
    """Say that something is no proposal. What means it later opens no other one."""
    _rule(lambda ledger, _read, by: dismiss(ledger, subject, by, is_undone=is_undone), author, reason, "dismiss", subject)


@proposals_app.command(
    "confirm", epilog='Example: [bold]monitor proposals confirm mention-1a --as proposal-2b --reason "same text"[/bold]'
)
def proposals_confirm(
    subject: Annotated[str, typer.Argument(metavar="ID", help="Id of a proposal, or of a mention that the ledger left open.")],
    meaning: Annotated[str, typer.Option("--as", help="The proposal that the mention means; one of its own without it.")] = "",
    reason: Reason = "",
    author: Author = "",
    is_undone: Undo = False,
) -> None:
    """Say that a proposal is one; or what a mention means that the ledger left open. A new one is alerted to as usual."""
    profile = load_pipeline(GIVEN.settings()).profile
    if subject.startswith("mention"):
        if is_undone:
            raise RulingError(
                "is a mention",
                subject=subject,
                way_out="`monitor proposals split … --mention` or `dismiss` undoes what was said of it.",
            )
        _rule(
            lambda ledger, read, by: confirm_mention(ledger, subject, meaning, read, profile, by),
            author, reason, "confirm", subject, meaning, reading=(subject,),
        )  # fmt: skip
        return
    if meaning:
        raise RulingError("is for mentions", subject="--as", way_out="`monitor proposals merge` says that two proposals are one.")
    _rule(lambda ledger, _read, by: confirm(ledger, subject, by, is_undone=is_undone), author, reason, "confirm", subject)
