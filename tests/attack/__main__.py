"""`python -m tests.attack FILE [EARLIER …]`: attack a partner file with all earlier ones and print what was found."""

import sys
from pathlib import Path

from tests.attack.program import attack


def main() -> int:
    newest, *earlier = [Path(one) for one in sys.argv[1:]]
    attacked = attack([*sorted(earlier, key=lambda path: path.parent.name), newest])
    for one in attacked.findings:
        print(f"{one.kind}: {one.about} [{one.low:g}, {one.high:g}] {'; '.join(one.how)}")
    found = len(attacked.findings)
    print(
        f"{attacked.counts} counts, {attacked.hidden} of them hidden, {attacked.equations} equations: {found} findings."
    )
    return 1 if found else 0


sys.exit(main())
