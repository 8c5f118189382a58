"""What `monitor deploy` writes is what systemd and a container builder take, for this installation."""

from __future__ import annotations

import getpass
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import monitor.cli.backup
import monitor.cli.deploy
import monitor.cli.web  # noqa: F401 - register their commands
from monitor.cli.app import with_commands
from monitor.errors import SettingsError

ROOT = Path(__file__).parents[1]
USER = getpass.getuser()  # systemd-analyze looks it up
SETTINGS_OF_PREFECT = ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_SERVER_ANALYTICS_ENABLED",
                       "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED", "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD",
                       "PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE")  # fmt: skip


def deploy(*arguments: str) -> str:
    result = CliRunner().invoke(with_commands([]), ["deploy", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Units for a working folder with a space and a percent sign in its name."""
    folder = tmp_path / "100% ours"
    folder.mkdir()
    deploy("units", str(tmp_path / "units"), "--folder", str(folder), "--user", USER)
    return tmp_path


def settings_of(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_takes_every_unit(written: Path) -> None:
    """Not a word of complaint: settings are known, programs are there, units that name one another exist."""
    units = sorted(str(path) for path in (written / "units").iterdir())
    assert len(units) >= 9
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "monitor" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_every_unit_starts_a_program_of_this_installation(written: Path) -> None:
    """As somebody without rights, with a limit on what it may write, in the folder that was named."""
    services = sorted((written / "units").glob("*.service"))
    for service in services:
        found = settings_of(service)
        assert found["User"] == [USER]
        assert found["WorkingDirectory"] == [str(written / "100%% ours")]
        assert found["ProtectSystem"] == ["strict"]
        for command in found["ExecStart"]:
            assert Path(command.split()[0]).parent == Path(sys.executable).parent


def test_stopping_the_watch_reaches_its_main_process_only(written: Path) -> None:
    """Otherwise systemd would end the server under the run that is to be let to its end."""
    assert settings_of(written / "units" / "monitor-watch.service")["KillMode"] == ["mixed"]


def test_every_command_in_a_unit_is_one(written: Path) -> None:
    """Its options, too: help is shown with them, and nothing is done."""
    for service in sorted((written / "units").glob("*.service")):
        for command in settings_of(service)["ExecStart"]:
            if "-m prefect" not in command:
                words = re.sub(r'"[^"]*"', "FOLDER", command).split()[1:]
                result = CliRunner().invoke(with_commands([]), [*words, "--help"])
                assert result.exit_code == 0, (service.name, result.output)


def test_what_a_person_wrote_is_left(written: Path) -> None:
    """The environment may hold a password, so it is for its user; written once, it is the user's."""
    folder = written / "100% ours"
    assert stat.S_IMODE((folder / "monitor.env").stat().st_mode) == 0o600
    (folder / "monitor.env").write_text("MONITOR_CONTACT=desk@norland.test\n")
    assert "stays as it is" in deploy("units", str(written / "units"), "--folder", str(folder))
    assert (folder / "monitor.env").read_text() == "MONITOR_CONTACT=desk@norland.test\n"


def test_the_deployments_are_those_of_the_checkout(written: Path) -> None:
    """The same but for the folder and the parameters, which are this installation's."""
    ours = yaml.safe_load((written / "100% ours" / "prefect.yaml").read_text())
    assert ours["pull"][0]["prefect.deployments.steps.set_working_directory"]["directory"] == str(written / "100% ours")
    checkout = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    for found, expected in zip(ours["deployments"], checkout["deployments"], strict=True):
        assert {**found, "parameters": {}} == expected
    assert ours["deployments"][1]["parameters"] == {"what": {"backups": str(written / "100% ours" / "backups")}}


def test_a_folder_that_systemd_could_not_read_is_refused(tmp_path: Path) -> None:
    """With the way out, before anything is written."""
    folder = tmp_path / 'a "quoted" one'
    folder.mkdir()
    with pytest.raises(SettingsError, match="quote"):
        deploy("units", str(tmp_path / "units"), "--folder", str(folder))
    assert not (tmp_path / "units").exists()


@pytest.fixture
def compose(tmp_path: Path) -> dict[str, Any]:
    deploy("containers", str(tmp_path / "deploy"), "--source", str(ROOT))
    found: dict[str, Any] = yaml.safe_load((tmp_path / "deploy" / "compose.yaml").read_text())
    return found


def test_the_compose_file_holds_together(compose: dict[str, Any], tmp_path: Path) -> None:
    """Services wait for services that exist and can be healthy; volumes are declared; nothing is open but to this machine; no
    secret stands in it; the context holds what the container file copies."""
    services = compose["services"]
    assert set(services) == {"database", "server", "deploy", "worker", "web"}
    for name, service in services.items():
        assert "build" in service or "image" in service, name
        assert not str(service.get("image", "")).endswith(":latest")
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] == "service_completed_successfully" or "healthcheck" in services[other]
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"]
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")
        for value in service["environment"].values():
            if re.search("password|token", str(value), re.IGNORECASE):
                assert ":?" in value
    build = services["server"]["build"]
    assert Path(build["dockerfile"]) == tmp_path / "deploy" / "Containerfile"
    assert Path(build["context"]) == ROOT
    assert services["web"]["volumes"] == ["data:/data:ro"]


def test_the_commands_of_the_services_are_commands(compose: dict[str, Any]) -> None:
    """What the pages' service is started with, `monitor` knows."""
    assert CliRunner().invoke(with_commands([]), [*compose["services"]["web"]["command"], "--help"]).exit_code == 0


def test_prefect_knows_every_setting_that_is_given_to_it(written: Path, compose: dict[str, Any]) -> None:
    """A variable that it does not know would be ignored in silence. Asked in a process of its own."""
    texts = [path.read_text() for path in (written / "units").glob("*.service")] + [
        str(compose),
        (written / "100% ours" / "monitor.env").read_text(),
    ]
    named = set(re.findall(r"PREFECT_[A-Z_]+", "\n".join(texts)))
    assert named == set(SETTINGS_OF_PREFECT)
    check = "import sys; from prefect.settings import Settings; from prefect.settings.legacy import _get_settings_fields as f; print(*f(Settings))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert named <= set(done.stdout.split())


def test_the_container_file_is_one() -> None:
    """Known instructions, a version of the base, what is copied exists, an unprivileged user at the end, no secret in a layer."""
    text = (ROOT / "src" / "monitor" / "deploy" / "Containerfile").read_text()
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    words = [line.split() for line in lines]
    assert {line[0] for line in words} <= {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "ENTRYPOINT", "CMD"}
    assert re.fullmatch(r"[\w./-]+:\d[\w.-]+", words[0][1])
    for line in words:
        if line[0] == "COPY":
            for source in [word for word in line[1:-1] if not word.startswith("--")]:
                assert (ROOT / source).exists(), source
    users = [line[1] for line in words if line[0] == "USER"]
    assert users
    assert users[-1] not in ("root", "0")
    assert not re.search("password|token|secret", text, re.IGNORECASE)
