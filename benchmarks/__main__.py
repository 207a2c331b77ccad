"""`python -m benchmarks [--scale local --scale england]`: each stage in a process of its own, printed as a table.

Two ratios to the floor of the same run: of seconds, which other work on the machine lengthens, and of CPU seconds, which it
hardly does.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stages import AS_AT, STAGES
from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import REPOSITORY
from pipelines.synthetic.generator import generate
from pipelines.synthetic.scale import Scale

OUT = REPOSITORY / "benchmarks" / "out"
READING = ("receive", "floor")


def measure(scale: Scale) -> str:
    """Generate once, run every stage, return a Markdown table with seconds, ratio to the floor, and peak memory."""
    inbox = OUT / f"inbox_{scale.value}"
    if not inbox.exists():
        generate(inbox, scale, 1, 0.0, AS_AT, print)
    data = OUT / f"data_{scale.value}"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(inbox, data / "inbox")
    key = OUT / "key"
    if not key.exists():
        new_key(key)
    environment = dict(os.environ, SENDSET_DATA_DIR=str(data), SENDSET_KEY_FILE=str(key))
    figures = [run_stage(stage, environment) for stage in STAGES]
    floor = next(figure for figure in figures if figure.stage == "floor")
    lines = [
        f"### {scale.value}",
        "",
        "| stage | seconds | × floor | CPU seconds | × floor | peak GiB |",
        "|---|---|---|---|---|---|",
        *(figure.row(floor) for figure in figures),
        together([figure for figure in figures if figure.stage not in READING]).row(floor),
    ]
    if scale is Scale.LOCAL:
        lines += [
            "",
            f"`sendset refresh` on an empty folder, Dagster's start included: {whole_refresh(inbox, key):.1f} s",
        ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Figure:
    """What one stage cost."""

    stage: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int

    def row(self, floor: "Figure") -> str:
        """A row of the Markdown table."""
        return (
            f"| {self.stage} | {self.seconds:.1f} | {self.seconds / floor.seconds:.2f} | {self.cpu_seconds:.1f}"
            f" | {self.cpu_seconds / floor.cpu_seconds:.2f} | {self.peak_bytes / 1024**3:.2f} |"
        )


def together(figures: list[Figure]) -> Figure:
    """Sums of seconds, and the highest peak."""
    return Figure(
        "**all after reading**",
        sum(figure.seconds for figure in figures),
        sum(figure.cpu_seconds for figure in figures),
        max(figure.peak_bytes for figure in figures),
    )


def run_stage(stage: str, environment: dict[str, str]) -> Figure:
    """The cost of a stage in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stages", stage],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    figure = Figure(stage, **json.loads(done.stdout.splitlines()[-1]))
    print(f"{stage}: {figure.seconds:.1f} s", file=sys.stderr, flush=True)
    return figure


def whole_refresh(inbox: Path, key: Path) -> float:
    """Seconds of the command line's refresh over the same files."""
    data = OUT / "data_refresh"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(inbox, data / "inbox")
    environment = dict(os.environ, SENDSET_DATA_DIR=str(data), SENDSET_KEY_FILE=str(key))
    started = time.perf_counter()
    command = [sys.executable, "-m", "pipelines.cli", "refresh", "--as-at", AS_AT.isoformat()]
    subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def main() -> None:
    """Measure the scales that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=Scale, action="append", choices=list(Scale))
    for scale in parser.parse_args().scale or [Scale.LOCAL, Scale.ENGLAND]:
        print(measure(scale), end="\n\n")


if __name__ == "__main__":
    main()
