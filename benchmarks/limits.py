"""`python -m benchmarks.limits`: hostile files, each read in a process of its own; seconds, peak memory and the refusal."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.hostile_files import Case, cases
from pipelines.contract_files import load_contract
from pipelines.engine import connect
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import load_key, new_key
from pipelines.ingest.read import open_door, read_file
from pipelines.ingest.refusal import FileRefused
from pipelines.settings import REPOSITORY, Settings

SOURCE: Final = "ehcp_timeliness"


def measure(case: Case) -> dict[str, float | str]:
    """Seconds, peak MiB and refusal code of a case, read in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data", key_file=Path(folder) / "key")
        inbox = settings.inbox / SOURCE
        inbox.mkdir(parents=True)
        new_key(settings.key_file)
        (inbox / case.file_name).write_bytes(case.write(1.0))
        environment = dict(os.environ, SENDSET_DATA_DIR=str(settings.data_dir), SENDSET_KEY_FILE=str(settings.key_file))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.limits", "--here"],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            check=False,
        )
    if done.returncode:
        return {"seconds": 0.0, "peak_mib": 0.0, "code": f"the process ended with {done.returncode}"}
    return json.loads(done.stdout.splitlines()[-1])


def read_here(settings: Settings) -> str:
    """Receive and read the file in the inbox; its refusal codes, '' if it is taken."""
    contract, key = load_contract(SOURCE), load_key(settings)
    codes: set[str] = set()
    for file in receive(settings, SOURCE).new:
        raw, typed = settings.data_dir / "raw.parquet", settings.data_dir / "typed.parquet"
        with connect(settings) as connection:
            open_door(connection, key, settings)
            try:
                read_file(connection, file.path(settings), file.file_id, contract, file.file_id, raw, typed, settings)
            except FileRefused as refusal:
                codes.add(refusal.code)
    return ", ".join(sorted(codes))


def peak_mib() -> float:
    """What this process took at most. What `getrusage` says would count the process that started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main() -> int:
    """Print the table; exit code 1 where a case is not refused as it must be."""
    if "--here" in sys.argv:
        started = time.perf_counter()
        code = read_here(Settings())
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "peak_mib": peak_mib(), "code": code}))
        return 0
    print("| file | seconds | peak MiB | refused as |", "|---|---|---|---|", sep="\n")
    wrong = 0
    for case in cases():
        found = measure(case)
        wrong += found["code"] != case.code
        said = found["code"] if found["code"] == case.code else f"**{found['code']}** instead of {case.code}"
        print(f"| {case.name} | {found['seconds']:.2f} | {found['peak_mib']:.0f} | {said or 'taken'} |", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
