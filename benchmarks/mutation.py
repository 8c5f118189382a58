"""How many small mistakes in the core its tests notice: a seeded sample of the mutants that mutmut makes of it.

    .venv/bin/python benchmarks/mutation.py [--sample 600] [--seed 1] [--folder FOLDER] [--only 'monitor.urls.*'] [--survivors FILE]

Works on a clone of what is committed, with the extra `bench`. The core and its tests are those of the Makefile (CORE, CORE_TESTS). All
mutants of the core would take a day; of a sample of 600 the score is known to about three hundredths (the interval is printed: Wilson,
1927). A mutant counts as noticed when a test fails or does not end; one that no test reaches counts as missed, and nothing is left out
by hand. With --folder the clone stays, and a second call goes on with what it knows.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTICED = ("killed", "timeout", "segfault", "suspicious", "caught by type check")
MISSED = ("survived", "no tests")


def main() -> int:
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        folder = (asked.folder or Path(name)) / "clone"
        if not folder.exists():
            subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
            _configure(folder)
        if not (folder / "mutants").exists():
            _mutmut(folder, "run", "none.at.all")  # makes the mutants and learns which test reaches which function
        names = sorted(name for name in _results(folder) if fnmatch.fnmatch(name, asked.only))
        sample = random.Random(asked.seed).sample(names, min(asked.sample, len(names)))
        print(f"{len(names)} mutants, {len(sample)} tried", flush=True)
        _mutmut(folder, "run", *sample)
        results = _results(folder)
        if all(results[name] == "not checked" for name in sample):
            raise SystemExit(f"mutmut tried nothing; its last words:\n{(folder / 'run.log').read_text(encoding='utf-8')[-3000:]}")
    outcomes = {name: results[name] for name in sample}
    _tell(outcomes)
    if asked.survivors:
        asked.survivors.write_text("".join(f"{name}\n" for name in sample if outcomes[name] in MISSED), encoding="utf-8")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--survivors", type=Path)
    return parser.parse_args()


def _configure(folder: Path) -> None:
    """Tell mutmut what the core is."""
    makefile = (folder / "Makefile").read_text(encoding="utf-8")
    core, tests = (re.search(pattern, makefile, re.MULTILINE) for pattern in (r"^CORE := (.*)$", r"addsuffix \.py,([^)]*)\)"))
    if core is None or tests is None:
        raise SystemExit("the Makefile names no CORE and CORE_TESTS")
    lists = {
        "source_paths": ["src/"],
        "only_mutate": core[1].split(","),
        "also_copy": [
            "warehouse",
            "flows",
            "benchmarks",
            "docs",
            "README.md",
            "CHANGELOG.md",
            "Makefile",
            "LICENSE",
            "prefect.yaml",
        ],
        "pytest_add_cli_args": ["-p", "no:randomly", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": [f"tests/test_{test}.py" for test in tests[1].split()],
    }
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write("\n[tool.mutmut]\ntrack_dependencies = false\nuse_git_change_detection = false\n")
        out.writelines(f"{name} = {json.dumps(values)}\n" for name, values in lists.items())


def _mutmut(folder: Path, *words: str) -> str:
    """Run mutmut's command; its progress goes to standard error where that is a terminal."""
    done = subprocess.run([sys.executable, "-m", "mutmut", *words], cwd=folder, capture_output=True, text=True, check=False)
    (folder / f"{words[0]}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    return done.stdout


def _results(folder: Path) -> dict[str, str]:
    """Mutant → its state."""
    lines = _mutmut(folder, "results", "--all", "true").splitlines()
    return dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line)


def _tell(outcomes: dict[str, str]) -> None:
    counts = Counter(outcomes.values())
    print(", ".join(f"{state} {count}" for state, count in counts.most_common()))
    modules: dict[str, list[bool]] = defaultdict(list)
    for name, state in outcomes.items():
        if state in NOTICED + MISSED:
            modules[name.split(".x", 1)[0]].append(state in NOTICED)
    for module, noticed in sorted(modules.items()):
        print(f"  {module:<34} {sum(noticed):>4} of {len(noticed):>4}")
    tried = [one for noticed in modules.values() for one in noticed]
    share, low, high = _interval(sum(tried), len(tried))
    print(f"noticed: {sum(tried)} of {len(tried)}, {share:.1%} (95 %: {low:.1%} to {high:.1%})")


def _interval(hits: int, count: int) -> tuple[float, float, float]:
    """A share and Wilson's interval for it at 95 %."""
    share, z = hits / count, 1.96
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return share, centre - half, centre + half


if __name__ == "__main__":
    sys.exit(main())
