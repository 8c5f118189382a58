"""Settings: defaults, then a TOML file, then ``MONITOR_*`` in the environment. Unknown keys are refused, also there."""

import ipaddress
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as UnreadableVariable

from .errors import SettingsError, explain_validation, field_names

FILE_NAME = "monitor.toml"
_PREFIX = "MONITOR_"
_OF_COMMANDS = {"MONITOR_WEB_TOKEN"}  # read by the option of a command, and no setting


class FetchSettings(BaseModel):
    """Limits of the network: seconds and bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    timeout_seconds: float = Field(default=30, gt=0)
    connect_seconds: float = Field(default=10, gt=0)
    at_once: int = Field(default=32, ge=1, le=512)
    per_host: int = Field(default=2, ge=1, le=16)
    feed_bytes: int = Field(default=5_000_000, ge=10_000)
    page_bytes: int = Field(default=5_000_000, ge=10_000)
    redirects: int = Field(default=5, ge=0, le=20)
    read_seconds: float = Field(default=15, gt=0)  # without a byte
    pause_seconds: float = Field(default=1, ge=0, le=60)  # between two requests to one host, at least
    longest_pause_seconds: float = Field(default=30, ge=0)  # a robots.txt may ask for more than this; it is then cut to it
    by_domain: bool = False  # count politeness by registrable domain (example.co.nz), not by host
    robots: bool = True  # obey robots.txt for pages
    # Hosts, addresses or networks ("10.1.2.0/24") that may be private; every other internal address is refused when dialling.
    allow: tuple[str, ...] = ()
    # Host → "address:port" to dial instead, like curl's --connect-to; for tests and the demo newsroom.
    connect_to: dict[str, str] = {}

    @field_validator("allow")
    @classmethod
    def _networks_are_networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        """A mistyped network must not pass for the name of a host, which nobody would ever ask."""
        for entry in allow:
            if "/" in entry:
                ipaddress.ip_network(entry, strict=False)
        return allow


class ArchiveSettings(BaseModel):
    """The files of raw bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file_bytes: int = Field(default=200_000_000, ge=100_000)  # a file that has so many is closed
    keep_days: int | None = Field(default=None, ge=30)  # how long raw pages are kept; for ever without it
    folder: Path | None = None  # below the data folder, if none is named; machines that share a lake share it


class LakeSettings(BaseModel):
    """A log that several machines share. Without ``catalog`` there is none, and the warehouse is a file of this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    catalog: SecretStr = SecretStr("")  # of PostgreSQL, as libpq has it: "host=db dbname=lake user=monitor password=…"
    schema_name: str = Field(default="monitor", pattern="^[a-z_][a-z0-9_]*$")  # in that database
    data: str = ""  # the folder of the Parquet files, the same for all; or s3://bucket/prefix
    s3_key_id: SecretStr = SecretStr("")
    s3_secret: SecretStr = SecretStr("")
    s3_endpoint: str = ""  # host:port of what is compatible with S3
    s3_region: str = ""
    s3_url_style: Literal["", "path", "vhost"] = ""
    s3_ssl: bool = True

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.catalog.get_secret_value()) != bool(self.data):
            raise ValueError("a lake needs both `catalog` and `data`")
        return self


class ExtractSettings(BaseModel):
    """The worker processes that read pages."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    workers: int = Field(default_factory=lambda: min(4, os.cpu_count() or 1), ge=1, le=64)
    timeout_seconds: float = Field(default=10, gt=0)
    recycle_after: int = Field(default=2000, ge=1)  # pages; trafilatura keeps about a megabyte a hundred pages


class ScaleSettings(BaseModel):
    """Where the work on single articles is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    scheduler: str = ""  # of a Dask cluster, tcp://host:port; empty: this machine


class AlertSettings(BaseModel):
    """Where alerts go. Addresses and secrets are never logged and never in an event: events name a channel by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    console: bool = True
    file: Path | None = Path("alerts/alerts.jsonl")  # below the data folder; empty turns it off
    atom: Path | None = Path("alerts/alerts.atom")
    json_feed: Path | None = Path("alerts/alerts.json")
    webhook: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    channels: dict[str, SecretStr] = {}  # name → address of a service, as apprise writes it
    timeout_seconds: float = Field(default=10, gt=0)
    tries: int = Field(default=3, ge=1, le=10)  # in one run, while a channel is busy or away
    pause_seconds: float = Field(default=0.5, ge=0)  # before the second try; it grows
    claim_seconds: float = Field(default=300, gt=0)  # how long a process may take to send; must be longer than all tries
    at_most: int = Field(default=5, ge=1)  # messages to one channel at once; more become one digest
    horizon_hours: float = Field(default=72, gt=0)  # what is older when it is read is recorded and not sent
    hold_minutes: float | None = Field(default=None, ge=0)  # stands for the holds of all subscriptions

    @field_validator("file", "webhook", "webhook_secret", "atom", "json_feed", mode="before")
    @classmethod
    def _empty_is_off(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("channels")
    @classmethod
    def _names_are_free(cls, channels: dict[str, SecretStr]) -> dict[str, SecretStr]:
        """Names stand in events and are typed by people; those of the built-in channels are taken."""
        for name in channels:
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name) or name in ("console", "file", "feed", "webhook"):
                raise ValueError(f"a channel cannot be named {name!r}")
        return channels


class LlmSettings(BaseModel):
    """A language model for what the rules leave open; off without ``model``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    model: str = ""
    base_url: str = ""  # a server that speaks OpenAI's chat completions; empty: OpenAI's own
    api_key: SecretStr | None = None
    timeout_seconds: float = Field(default=60, gt=0)
    at_most: int = Field(default=20, ge=1)  # questions in one run


class Settings(BaseSettings):
    """All settings. ``data`` is the folder of the warehouse; ``topic`` the name or path of a profile."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)
    data: Path = Path("warehouse")
    topic: str = ""  # empty: the one that comes with the program
    feeds: Path | None = None  # a file with [[feed]] tables that stand for the profile's own
    contact: str = ""
    author: str = ""  # who decides by `monitor proposals merge` and its kind, where no --author is given
    batch: int = Field(default=200, ge=1, le=5000)
    fetch: FetchSettings = FetchSettings()
    archive: ArchiveSettings = ArchiveSettings()
    lake: LakeSettings = LakeSettings()
    scale: ScaleSettings = ScaleSettings()

    @model_validator(mode="after")
    def _one_archive_for_a_lake(self) -> Self:
        """What one machine fetched another must be able to read, or it would record the bytes as lost."""
        if self.lake.data and self.archive.folder is None:
            raise ValueError("machines that share a lake share an archive, too: set archive.folder")
        return self

    extract: ExtractSettings = Field(default_factory=ExtractSettings)
    alerts: AlertSettings = AlertSettings()
    llm: LlmSettings = LlmSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given on the command line, then the environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(file: Path | None = None, **given: Any) -> Settings:
    """Read the settings; ``given`` values (from the command line) win where they are not None.

    ``file`` defaults to ``monitor.toml`` in the working folder, if there is one. Paths in a file are relative to it.
    Raises SettingsError that names the file or variable, the key and the nearest known key.
    """
    path = file if file is not None else Path(FILE_NAME)
    if file is not None and not file.is_file():
        raise SettingsError("there is no such settings file", subject=str(file), way_out="Name an existing file with --config.")
    _refuse_unknown_variables()
    values = {key: value for key, value in given.items() if value is not None}
    source = type("FileSettings", (Settings,), {"model_config": SettingsConfigDict(toml_file=path if path.is_file() else None)})
    try:
        settings: Settings = source(**values)
    except ValidationError as error:
        where = _source_of(error.errors()[0]["loc"]) or (str(path) if path.is_file() else "command line")
        raise SettingsError(
            explain_validation(error, field_names(Settings)),
            subject=where,
            way_out="docs/settings.md lists all settings; nothing was run.",
        ) from error
    except UnreadableVariable as error:
        variables = [name for name in os.environ if name.upper().startswith(_PREFIX)]
        raise SettingsError(
            f"a section or table in the environment is JSON: {error}",
            subject=", ".join(sorted(variables)),
            way_out="Mend the variable, or put the section into monitor.toml; nothing was run.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"is not valid TOML: {error}", subject=str(path), way_out="Mend that line.") from error
    return _relative_to(settings, path.parent, given=set(values)) if path.is_file() else settings


def _source_of(loc: tuple[int | str, ...]) -> str:
    """The variable that a wrong value comes from, or nothing: the longest one that names the key or a section of it."""
    names = ["__".join(str(part) for part in loc[:length]).upper() for length in range(len(loc), 0, -1)]
    given = {name.upper(): name for name in os.environ}
    return next((given[f"{_PREFIX}{name}"] for name in names if f"{_PREFIX}{name}" in given), "")


def _relative_to(settings: Settings, folder: Path, *, given: set[str]) -> Settings:
    updates: dict[str, Any] = {}
    for key in ("data", "feeds"):
        value = getattr(settings, key)
        if value is not None and key not in given and f"{_PREFIX}{key.upper()}" not in os.environ and not value.is_absolute():
            updates[key] = folder / value
    archive = settings.archive.folder
    if archive is not None and not archive.is_absolute() and f"{_PREFIX}ARCHIVE__FOLDER" not in os.environ:
        updates["archive"] = settings.archive.model_copy(update={"folder": folder / archive})
    if settings.topic.endswith(".toml") and "topic" not in given and f"{_PREFIX}TOPIC" not in os.environ:
        updates["topic"] = str(folder / settings.topic)
    return settings.model_copy(update=updates)


def _refuse_unknown_variables() -> None:
    """pydantic-settings ignores variables that it does not know; a misspelt one must not be ignored."""
    known = field_names(Settings)
    for variable in os.environ:
        if variable.upper().startswith(_PREFIX) and variable.upper() not in _OF_COMMANDS:
            parts = variable.upper().removeprefix(_PREFIX).lower().split("__")
            model: Any = Settings
            for part in parts:
                if not (isinstance(model, type) and issubclass(model, BaseModel)) or part not in model.model_fields:
                    near = explain_validation(_unknown(".".join(parts), part), known)
                    raise SettingsError(near, subject=variable, way_out="docs/settings.md lists all settings; nothing was run.")
                model = model.model_fields[part].annotation
                if model is not None and not isinstance(model, type):
                    break


def _unknown(path: str, key: str) -> ValidationError:
    return ValidationError.from_exception_data(path, [{"type": "extra_forbidden", "loc": (key,), "input": None}])
