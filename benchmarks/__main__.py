"""`python -m benchmarks [--scale local --scale england]`: each stage in a process of its own, printed as a table."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.stages import AS_AT, STAGES
from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import REPOSITORY
from pipelines.synthetic import generate
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
    base = next(seconds for stage, seconds, _ in figures if stage == "floor")
    lines = [f"### {scale.value}", "", "| stage | seconds | × floor | peak GiB |", "|---|---|---|---|"]
    lines += [f"| {stage} | {seconds:.1f} | {seconds / base:.2f} | {peak:.2f} |" for stage, seconds, peak in figures]
    after = [(seconds, peak) for stage, seconds, peak in figures if stage not in READING]
    total = sum(seconds for seconds, _ in after)
    lines.append(f"| **all after reading** | {total:.1f} | {total / base:.2f} | {max(peak for _, peak in after):.2f} |")
    if scale is Scale.LOCAL:
        lines += [
            "",
            f"`sendset refresh` on an empty folder, Dagster's start included: {whole_refresh(inbox, key):.1f} s",
        ]
    return "\n".join(lines)


def run_stage(stage: str, environment: dict[str, str]) -> tuple[str, float, float]:
    """(stage, seconds, peak GiB) of a stage in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stages", stage],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    print(f"{stage}: {told['seconds']:.1f} s", file=sys.stderr, flush=True)
    return stage, told["seconds"], told["peak_bytes"] / 1024**3


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
