"""What pftui costs, as ratios against baselines of the same run (see docs/benchmarks.md)."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
