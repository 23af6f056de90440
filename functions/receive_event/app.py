"""`POST /webhooks/bandyer`: take in what the provider tells of calls and rooms."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.edge.provider_event import read_event, verified_body
from teleconsultation.use_cases.receive import receive_event

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="EventReceived", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 to every event that the provider has signed, because it repeats all others."""
    body = verified_body(request, keys=bootstrap.signing_keys(), now=bootstrap.clock())
    event = read_event(body)
    if event is None:
        log.append_keys(reception="not read")
        return Response(status=200)
    receipt = receive_event(
        event,
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
        retention=bootstrap.settings().retention,
    )
    if receipt.teleconsultation_id is not None:
        log.append_keys(teleconsultation_id=receipt.teleconsultation_id)
    log.append_keys(reception=receipt.reception.value)
    return Response(status=200)
