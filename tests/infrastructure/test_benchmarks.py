"""What the benchmarks read of the template, so that a change of it does not break them unseen."""

from pathlib import Path

import pytest

from benchmarks.variants import built_variant


@pytest.mark.parametrize(
    "name", ["GetTeleconsultationFunction", "CreateTeleconsultationFunction", "ReconcileRoomsFunction"]
)
def test_a_measured_function_has_its_whole_environment(name: str) -> None:
    variant = built_variant(
        Path("build"), name, aws_url="https://aws.test", provider_url="https://provider.test"
    )

    assert variant.environment["TABLE_NAME"]
    assert variant.environment["AWS_ENDPOINT_URL"] == "https://aws.test"
