"""Join a visit of its own through the public address. The function has no route: a schedule invokes it."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.edge.invocation import Json, invocation
from teleconsultation.edge.powertools_log import logger, metrics


@metrics.log_metrics
@invocation
def lambda_handler(_event: Any, _context: LambdaContext) -> Json:  # noqa: ANN401 - the event is not used
    """Run the probe once and return a report; without a client (`ProbeSecretArn`) nothing is requested."""
    try:
        probe = bootstrap.probe()
        failures = [] if probe is None else probe.run()
    except Exception:
        _count(failed=True)
        raise
    report = [
        {"step": failure.step, "problem": failure.problem, "status": failure.status} for failure in failures
    ]
    _count(failed=bool(report))
    if report:
        logger.error("probe failed", failures=report)
    else:
        logger.info("probe ran")
    return {"isOn": probe is not None, "failures": report}


def _count(*, failed: bool) -> None:
    metrics.add_metric(name="ProbeFailures", unit=MetricUnit.Count, value=int(failed))
