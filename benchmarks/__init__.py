"""What pftui costs, as ratios against baselines of the same run (see docs/benchmarks.md)."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# The terminal of the tests serves here too.
sys.path.insert(0, str(ROOT / "tests"))
