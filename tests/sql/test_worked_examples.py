"""Every measure of the register has a worked example by hand in a test of this folder."""

import re
from pathlib import Path

from pipelines.reference import load_register


def test_every_measure_has_a_worked_example() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*_measures.py"))
    )
    worked = set(re.findall(r"world\.look\(\s*\"([A-Z0-9_]+)\"", tests))
    assert {str(entry["id"]) for entry in load_register()} - worked == set()
