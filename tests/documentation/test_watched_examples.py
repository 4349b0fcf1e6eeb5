"""The hooks of docs/verification.md, in the libraries that they are for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.acme import Acme
from tests.documentation.blocks import Block, blocks

HERE = "tests/documentation/test_watched_examples.py"
ASK = """
verifier.verify(key)
verifier.verify(key)
verifier.verify("nonsense")
verifier.close()
"""
PROMETHEUS = """
from prometheus_client import generate_latest
said = generate_latest().decode()
assert 'pftui_verifications_total{cache="match",outcome="allowed"} 1.0' in said, said
assert 'pftui_verifications_total{cache="none",outcome="malformed"} 1.0' in said, said
assert "pftui_argon2_runs_total 1.0" in said, said
assert 'pftui_verification_seconds_count{cache="miss"} 1.0' in said, said
"""
BEFORE_OPENTELEMETRY = """
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
"""
OPENTELEMETRY = """
found = {
    metric.name: sum(getattr(point, "value", getattr(point, "count", 0)) for point in metric.data.data_points)
    for metric in reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
}
assert found == {"pftui.verifications": 3, "pftui.argon2_runs": 1, "pftui.verification.duration": 3}, found
"""


def example(word: str) -> Block:
    found = [
        block for block in blocks("docs/verification.md") if block.tried_by == HERE and word in block.text
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("library", "before", "after"),
    [("prometheus_client", "", PROMETHEUS), ("opentelemetry", BEFORE_OPENTELEMETRY, OPENTELEMETRY)],
    ids=["prometheus", "opentelemetry"],
)
def test_a_hook_counts_what_there_is_to_count(library: str, before: str, after: str, acme: Acme) -> None:
    program = f"key = {acme.scanner!r}\n{before}{example(library).text}{ASK}{after}"
    done = subprocess.run(
        [sys.executable, "-c", program], env=acme.environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
