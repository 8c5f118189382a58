"""What the documents say is what the program does."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from monitor.cli.app import with_commands
from monitor.events import REGISTRY
from monitor.settings import Settings
from monitor.topics import TopicProfile
from monitor.warehouse.staging import overview, staging_view, view_name

ROOT = Path(__file__).parents[1]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(group=None, prefix=""):
    group = group or get_command(with_commands([]))
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        if not hasattr(command, "commands") or command.invoke_without_command:
            yield f"{prefix}{name}", command


@pytest.mark.parametrize(("name", "command"), [pytest.param(n, c, id=n) for n, c in commands()])
def test_every_command_says_what_it_does_and_is_in_the_changelog(name, command):
    """A command that nobody can find is not there."""
    assert command.help
    assert name.split()[0] in text("CHANGELOG.md")
    if name not in ("topics list",):
        assert "Example" in (command.epilog or ""), "an example in its help"


def test_every_command_named_in_the_documents_exists():
    """A reader who copies a command must not meet an error."""
    known = {name for name, _ in commands()} | {name.split()[0] for name, _ in commands()}
    for document in ("README.md", "docs/running.md", "docs/topics.md", "docs/ledger.md"):
        for first, second in re.findall(
            r"(?:^|[`\s/])monitor(?: --\w+ \S+)* ([a-z]+)(?: ([a-z]+))?", text(document), re.MULTILINE
        ):
            assert first in known or f"{first} {second}" in known, f"{document}: monitor {first} {second}"


def keys(model, prefix=""):
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from keys(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("key", list(keys(Settings)))
def test_every_setting_is_documented(key):
    """By its full name, in docs/settings.md."""
    assert f"`{key}`" in text("docs/settings.md")


@pytest.mark.parametrize("table", [name for name in TopicProfile.model_fields if name != "packs"])
def test_every_table_of_a_profile_is_documented(table):
    """In docs/topics.md."""
    assert re.search(rf"\[\[?{table}\]", text("docs/topics.md"))


@pytest.mark.parametrize("wire", sorted(REGISTRY))
def test_event_views_are_those_of_the_models(wire):
    """`make generated` was run after the models changed."""
    assert text(f"warehouse/event/{view_name(wire)}.sql") == staging_view(REGISTRY[wire])


def test_no_event_view_without_a_model():
    """A type that is gone leaves no view behind."""
    assert {path.stem for path in (ROOT / "warehouse" / "event").glob("*.sql")} == {view_name(wire) for wire in REGISTRY}


def test_the_warehouse_page_lists_what_is_there():
    """`make generated` was run after the relations changed."""
    assert text("warehouse/README.md") == overview()


def test_counts_in_the_changelog():
    """Numbers in words age; these are checked."""
    assert f"{len(REGISTRY)} types" in text("CHANGELOG.md")
    profile = text("warehouse/topics/gaza-ceasefire.toml")
    assert f"{profile.count('[[feed]]')} public feeds" in text("CHANGELOG.md")


def test_make_targets_of_the_readme_exist():
    """The two commands."""
    makefile = text("Makefile")
    for target in re.findall(r"^make (\w+)", text("README.md"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_nothing_names_a_machine_or_a_package_index():
    """No absolute path of a machine, no host of an index, in anything that is shipped."""
    for path in [
        *ROOT.glob("*.*"),
        *ROOT.glob("docs/*"),
        *ROOT.glob("src/**/*.py"),
        *ROOT.glob("flows/*.py"),
        *ROOT.glob("warehouse/**/*.toml"),
    ]:
        if path.is_file() and path.suffix in (".py", ".md", ".toml", ".txt", ".yaml"):
            content = path.read_text(encoding="utf-8")
            assert not re.search(r"/(?:root|home/\w+|work)/|index-url|pythonhosted", content), path


def test_every_test_that_the_table_of_failures_names_exists():
    """A row that nobody tests is a promise."""
    named = re.findall(r"`(tests/test_\w+\.py)::(\w+)`", text("docs/collecting.md"))
    assert len(named) > 40
    for file, function in named:
        assert f"def {function}(" in text(file), f"{file}::{function}"


def test_every_act_that_a_language_can_say_is_explained():
    """What a reader meets in `claim.act`."""
    packs = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "warehouse/topics/language").glob("*.toml")]
    acts = {stance["act"] for pack in packs for stance in pack["stances"]}
    assert len(acts) > 10
    told = text("docs/ledger.md").split("## The acts")[1].split("##")[0]
    assert [act for act in sorted(acts) if f"`{act}`" not in told] == []
