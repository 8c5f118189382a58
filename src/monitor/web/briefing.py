"""One self-contained HTML file of the first page and the timeline, to mail or to archive; a PDF where a browser is there."""

import base64
import datetime as dt
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ..errors import WarehouseError
from ..warehouse.files import WarehouseFiles
from ..warehouse.shown import ShownCopy
from . import charts, lanes
from .application import environment
from .pages import Pages
from .words import Names

_MOST = 30  # proposals that are told in full
_PATIENCE = 120  # seconds for the browser
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def write_briefing(files: WarehouseFiles, target: Path, *, topic: str, parties: dict[str, str], days: int) -> None:
    """Write the briefing of the last ``days`` days as HTML or, where the name ends in ``.pdf``, as PDF.

    Raises WarehouseError when there is no copy, no browser for a PDF, or the file cannot be written.
    """
    copy, names = ShownCopy(files), Names(parties)
    try:
        with copy.pinned() as shown:
            pages = Pages(shown)
            page = pages.now() | {"days": days, "timeline": pages.timeline(days)["rows"], "written_at": dt.datetime.now(dt.UTC)}
            page["trends"] = trends = pages.trends("", "day", days)
            page["details"] = [pages.proposal(card["proposal_id"]) for card in page["proposals"][:_MOST]]
    finally:
        copy.close()
    pictures = {
        "timeline": _inline(lanes.timeline(page["timeline"], named=names.party)) if page["timeline"] else "",
        "trend": _inline(charts.trend(trends["rows"], trends["opened"])) if trends["rows"] else "",
        "coverage": _inline(charts.coverage(trends["coverage"])) if trends["coverage"] else "",
    }
    style = (Path(__file__).parent / "static" / "style.css").read_text(encoding="utf-8")
    text = environment(names, topic).get_template("briefing.html").render(page=page, pictures=pictures, style=style)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix.lower() != ".pdf":
            target.write_text(text, encoding="utf-8")
            return
        _print(text, target)
    except OSError as error:
        raise WarehouseError(f"cannot be written: {error.strerror}", subject=str(target), way_out="Name another file.") from error


def _inline(chart: Any) -> str:
    return base64.b64encode(charts.svg(chart, "light")).decode()


def _print(text: str, target: Path) -> None:
    """Let a browser print it, without network and without a profile of its own."""
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise WarehouseError(
            "no browser was found to make a PDF", subject=str(target), way_out="Write an .html file and print it."
        )
    with tempfile.TemporaryDirectory() as folder:
        source, printed = Path(folder) / "briefing.html", Path(folder) / "briefing.pdf"
        source.write_text(text, encoding="utf-8")
        quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile"]
        command = [browser, *quiet, f"--print-to-pdf={printed}", source.as_uri()]
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=_PATIENCE)  # noqa: S603 - a file of ours
        except subprocess.TimeoutExpired as error:
            raise WarehouseError(
                f"{browser} did not end in {_PATIENCE} s", subject=str(target), way_out="Write an .html file and print it."
            ) from error
        if not printed.is_file():
            raise WarehouseError(f"{browser} made no PDF", subject=str(target), way_out="Write an .html file and print it.")
        shutil.copyfile(printed, target)
