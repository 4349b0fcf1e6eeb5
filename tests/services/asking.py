"""A process that verifies: `python -m tests.services.asking URL`.

Each line on standard input is a JSON list of a key and a permission; the answer is a line with `allowed` or
the reason why not.
"""

from __future__ import annotations

import json
import sys

from pftui.domain.secret import Secret
from pftui.services.verification.verifier import Verifier


def main() -> None:
    """Answer until there is nothing more to read."""
    with Verifier(sys.argv[1]) as verifier:
        for line in sys.stdin:
            key, permission = json.loads(line)
            decision = verifier.verify(Secret(key), team="red-team", permission=permission)
            sys.stdout.write(f"{decision.reason.value if decision.reason else 'allowed'}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
