"""`python -m tests.fuzz [--seed 1] [--count 5000] [--first 0]`: mutated files through the real door, batch by batch.

Each batch runs in a process of its own, so that a crash or a hang of one is told with the numbers to have it again.
"""

import argparse
import faulthandler
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.door import through_the_door
from tests.fuzz.mutants import make

PEAK_LIMIT_GIB = 2.0
SECONDS_PER_BATCH = 600


def main() -> int:
    """Exit code 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--batch", type=int, default=250, help="files that are processed together")
    parser.add_argument("--here", action="store_true", help="one batch, in this process")
    chosen = parser.parse_args()
    if chosen.here:
        return _one_batch(chosen.seed, chosen.first, chosen.count)
    failed = 0
    started = time.monotonic()
    last = chosen.first + chosen.count
    for first in range(chosen.first, last, chosen.batch):
        failed += _in_a_process(chosen.seed, first, min(chosen.batch, last - first))
        print(f"{first + chosen.batch - chosen.first:,} files, {time.monotonic() - started:.0f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"Peak memory of a batch: {peak:.2f} GiB")
    return int(failed > 0 or peak > PEAK_LIMIT_GIB)


def _in_a_process(seed: int, first: int, count: int) -> int:
    options = ["--seed", str(seed), "--first", str(first), "--count", str(count), "--here"]
    command = [sys.executable, "-m", "tests.fuzz", *options]
    done = subprocess.run(command, check=False)
    if done.returncode not in (0, 1):
        print(f"The process ended with {done.returncode}. Again: python -m tests.fuzz {' '.join(options)}")
    return int(done.returncode != 0)


def _one_batch(seed: int, first: int, count: int) -> int:
    faulthandler.dump_traceback_later(SECONDS_PER_BATCH, exit=True)
    mutants = [make(seed, number) for number in range(first, first + count)]
    with tempfile.TemporaryDirectory() as folder:
        faults = through_the_door(mutants, Path(folder))
    for fault in faults:
        words = re.sub(r"\b[0-9a-f]{16}\b", "<file_id>", fault.words)
        print(f"{words} [{fault.mutant.source}: {fault.mutant.told}]")
        print(f"  again: python -m tests.fuzz --here --seed {seed} --first {fault.mutant.number} --count 1", flush=True)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
