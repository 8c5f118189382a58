"""Settings: defaults, file, environment and command line in this order; whatever is unknown or wrong is said at once."""

import os
from pathlib import Path

import pytest

from monitor.errors import SettingsError
from monitor.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine's, and an empty working folder."""
    for name in [name for name in os.environ if name.upper().startswith("MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refused(file: Path | None = None) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert caught.value.exit_code == 2
    assert caught.value.way_out
    return caught.value


def test_without_anything_the_defaults_hold() -> None:
    """A fresh folder needs no settings file."""
    settings = load_settings()
    assert settings.model_dump() == Settings().model_dump()
    assert settings.data == Path("warehouse")
    assert settings.alerts.webhook is None


def test_the_file_of_the_working_folder_is_read() -> None:
    """monitor.toml is found without being named."""
    written(Path("monitor.toml"), 'contact = "desk"\n[fetch]\nper_host = 7\n')
    settings = load_settings()
    assert (settings.contact, settings.fetch.per_host) == ("desk", 7)
    assert settings.fetch.at_once == Settings().fetch.at_once


def test_command_line_beats_environment_beats_file_beats_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source overrides the ones below it, key by key, also within a section."""
    written(Path("monitor.toml"), 'contact = "file"\nbatch = 11\ntopic = "file"\n[fetch]\nper_host = 3\nredirects = 3\n')
    monkeypatch.setenv("MONITOR_CONTACT", "environment")
    monkeypatch.setenv("MONITOR_TOPIC", "environment")
    monkeypatch.setenv("MONITOR_FETCH__PER_HOST", "4")
    settings = load_settings(topic="given", contact=None)
    assert (settings.topic, settings.contact, settings.batch) == ("given", "environment", 11)
    assert (settings.fetch.per_host, settings.fetch.redirects, settings.fetch.at_once) == (4, 3, 32)


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        ("btach = 3", "btach", "batch"),
        ("[fetch]\ntimeout_second = 3", "fetch.timeout_second", "timeout_seconds"),
        ('[alerts]\nweb_hook = "x"', "alerts.web_hook", "webhook"),
        ("[extract]\nworker = 3", "extract.worker", "workers"),
        ("[fecth]\nper_host = 3", "fecth", "fetch"),
    ],
)
def test_an_unknown_key_in_the_file_names_file_key_and_nearest(tmp_path: Path, text: str, key: str, near: str) -> None:
    """A misspelt key is never ignored; the message helps to mend it."""
    file = written(tmp_path / "monitor.toml", text)
    error = refused(file)
    assert error.subject == str(file)
    assert f"unknown key {key!r}; did you mean {near!r}?" in error.message


@pytest.mark.parametrize(
    ("variable", "near"),
    [
        ("MONITOR_BTACH", "batch"),
        ("MONITOR_FETCH__TIMEOUT_SECOND", "timeout_seconds"),
        ("MONITOR_FECTH__PER_HOST", "fetch"),
        ("monitor_contcat", "contact"),
        ("MONITOR_FETCH_PER_HOST", None),
        ("MONITOR_DATA__X", None),
        ("MONITOR_CONFIG", None),
    ],
)
def test_an_unknown_variable_names_itself_and_the_nearest_key(
    monkeypatch: pytest.MonkeyPatch, variable: str, near: str | None
) -> None:
    """pydantic-settings would ignore it."""
    monkeypatch.setenv(variable, "1")
    error = refused()
    assert error.subject == variable
    assert "unknown key" in error.message
    assert near is None or f"did you mean {near!r}" in error.message


def test_variables_of_other_programs_are_nobodys_business(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the prefix with its underscore is ours."""
    monkeypatch.setenv("MONITORING_URL", "x")
    monkeypatch.setenv("MONITOR", "x")
    assert load_settings().model_dump() == Settings().model_dump()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("batch = 0", "batch"),
        ('batch = "many"', "batch"),
        ("fetch = 3", "fetch"),
        ("[fetch]\ntimeout_seconds = 0", "fetch.timeout_seconds"),
        ("[fetch]\nfeed_bytes = 1", "fetch.feed_bytes"),
        ("[extract]\nworkers = 0", "extract.workers"),
    ],
)
def test_a_value_out_of_range_names_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    """Wrong types and figures are refused with the key's path."""
    file = written(tmp_path / "monitor.toml", text)
    error = refused(file)
    assert error.subject == str(file)
    assert f"{key}:" in error.message


def test_a_wrong_value_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Names the file or variable": the file that happens to lie there is not to blame."""
    written(Path("monitor.toml"), "batch = 11\n")
    monkeypatch.setenv("MONITOR_BATCH", "0")
    error = refused()
    assert "MONITOR_BATCH" in str(error)
    assert "monitor.toml" not in error.subject


@pytest.mark.parametrize("variable", ["MONITOR_FETCH", "MONITOR_FETCH__CONNECT_TO"])
def test_a_variable_that_should_be_json_and_is_not_names_itself(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """A section or a table in the environment is JSON; anything else is our error, no stack of somebody else's."""
    monkeypatch.setenv(variable, "{not json")
    assert variable in str(refused())


def test_a_table_in_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """connect_to may be given there."""
    monkeypatch.setenv("MONITOR_FETCH__CONNECT_TO", '{"outlet.test": "127.0.0.1:1"}')
    assert load_settings().fetch.connect_to == {"outlet.test": "127.0.0.1:1"}


def test_broken_toml_names_the_file_and_the_place(tmp_path: Path) -> None:
    """Line and column of the mistake."""
    file = written(tmp_path / "monitor.toml", "batch = 3\ncontact = \n")
    error = refused(file)
    assert error.subject == str(file)
    assert "line 2" in error.message


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """With the file's name."""
    file = tmp_path / "monitor.toml"
    file.write_bytes(b'contact = "caf\xe9"\n')
    assert refused(file).subject == str(file)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    """--config that points nowhere is an error; a missing monitor.toml is none."""
    assert refused(tmp_path / "nowhere.toml").subject.endswith("nowhere.toml")


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    """data, feeds and a profile's path; absolute ones and a profile's name stay as they are."""
    file = written(tmp_path / "there" / "monitor.toml", 'data = "store"\nfeeds = "feeds.toml"\ntopic = "mine.toml"\n')
    settings = load_settings(file)
    assert settings.data == tmp_path / "there" / "store"
    assert settings.feeds == tmp_path / "there" / "feeds.toml"
    assert settings.topic == str(tmp_path / "there" / "mine.toml")
    file = written(tmp_path / "there" / "monitor.toml", 'data = "/var/store"\ntopic = "a-name"\n')
    assert (load_settings(file).data, load_settings(file).topic) == (Path("/var/store"), "a-name")


def test_paths_given_elsewhere_are_relative_to_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the command line and the environment, a path is taken as written."""
    file = written(tmp_path / "there" / "monitor.toml", 'data = "store"\ntopic = "mine.toml"\n')
    monkeypatch.setenv("MONITOR_TOPIC", "other.toml")
    settings = load_settings(file, data=Path("here"))
    assert (settings.data, settings.topic) == (Path("here"), "other.toml")


def test_a_default_path_is_relative_to_the_settings_file(tmp_path: Path) -> None:
    """A file that does not name data still says where the warehouse lies: beside it."""
    file = written(tmp_path / "there" / "monitor.toml", "batch = 3\n")
    assert load_settings(file).data == tmp_path / "there" / "warehouse"


def test_the_webhook_is_a_secret(tmp_path: Path) -> None:
    """It shows in no representation and no dump of the settings."""
    file = written(tmp_path / "monitor.toml", '[alerts]\nwebhook = "https://hooks.test/s3cr3t"\n')
    settings = load_settings(file)
    assert settings.alerts.webhook is not None
    assert settings.alerts.webhook.get_secret_value().endswith("s3cr3t")
    for text in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert "s3cr3t" not in text


def test_settings_cannot_be_changed_afterwards() -> None:
    """Frozen: what was checked stays what is used."""
    with pytest.raises(ValueError, match="frozen"):
        load_settings().batch = 3  # type: ignore[misc]


def test_a_variable_of_a_command_is_no_unknown_setting(monkeypatch):
    """`monitor serve` takes its token from there."""
    monkeypatch.setenv("MONITOR_WEB_TOKEN", "word")
    assert load_settings().batch == 200
