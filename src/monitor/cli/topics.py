"""The commands about topic profiles: topics list, topics check."""

from typing import Annotated

import typer

from ..errors import TopicError
from ..pipeline.shared import load_pipeline, topic_path
from ..topics import TopicProfile
from ..topics_check import check_examples
from ..warehouse import shipped
from .app import GIVEN, Json, app
from .show import console, err, print_json

topics_app = typer.Typer(no_args_is_help=True, help="Topic profiles: what the program knows about a subject.")
app.add_typer(topics_app, name="topics")


@topics_app.command("list", epilog="Example: [bold]monitor topics list[/bold]")
def topics_list() -> None:
    """The profiles that come with the program."""
    for path in sorted(shipped("topics").glob("*.toml")):
        console.print(path.stem)


@topics_app.command("check", epilog="Example: [bold]monitor topics check my-topic.toml[/bold]")
def topics_check(
    topic: Annotated[str, typer.Argument(help="Name or path of a profile (the one in force).")] = "", as_json: Json = False
) -> None:
    """Validate a profile and run its embedded examples."""
    settings = GIVEN.settings()
    profile: TopicProfile = load_pipeline(settings.model_copy(update={"topic": topic or settings.topic})).profile
    wrong = check_examples(profile)
    if as_json:
        print_json({"topic": profile.topic.id, "feeds": len(profile.feed), "examples": len(profile.example), "wrong": wrong})
    else:
        console.print(
            f"{profile.topic.name}: {len(profile.feed)} feeds, {len(profile.party)} parties, {len(profile.person)} persons, "
            f"{len(profile.proposal)} known proposals, languages {', '.join(sorted(profile.packs))}"
        )
        for line in wrong:
            err.print(line, markup=False)
        console.print(
            f"{len(profile.example) - len({line.split(':')[0] for line in wrong})} of {len(profile.example)} examples hold"
        )
    if wrong:
        raise ExamplesError(topic_path(topic or settings.topic).name, len(wrong))


class ExamplesError(TopicError):
    """Examples of a profile fail."""

    exit_code = 1

    def __init__(self, name: str, count: int) -> None:
        super().__init__(
            f"{count} expectations of its examples fail",
            subject=name,
            way_out="Mend the words or the example; nothing else was touched.",
        )
