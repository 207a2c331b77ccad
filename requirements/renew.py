"""Renew the lock files from pyproject.toml. Needs `uv` on the path; never run by set-up or tests."""

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
COMPILE = [
    *("uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"),
]


def renew(lock: str, *arguments: str, requirement: str | None = None) -> None:
    """Resolve into `lock`; `requirement` is read from standard input where the source is not pyproject.toml."""
    subprocess.run(
        [*COMPILE, *arguments, "--output-file", f"requirements/{lock}"],
        cwd=HERE.parent,
        input=requirement,
        text=True,
        check=True,
    )


if __name__ == "__main__":
    renew("run.lock", "pyproject.toml", "--extra", "build")
    renew("dev.lock", "pyproject.toml", "--extra", "build", "--extra", "dev", "--constraint", "requirements/run.lock")
    for version in ("1.0.0", "1.1.3", "1.4.4", "2.0.0"):
        renew(f"duckdb-{version}.lock", "-", requirement=f"duckdb=={version}")
