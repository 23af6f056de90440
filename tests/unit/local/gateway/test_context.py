from local.gateway.context import LambdaContext, describe

FACTS = describe(
    name="ReadFunction",
    memory_megabytes=512,
    request_id="request-1",
    region="eu-west-1",
    account_id="000000000000",
)


def test_the_remaining_time_runs_down_and_stops_at_zero() -> None:
    seconds = iter([100.0, 100.0, 102.5, 111.0])
    context = LambdaContext(FACTS, timeout_seconds=10, clock=lambda: next(seconds))

    remaining = [context.get_remaining_time_in_millis() for _ in range(3)]

    assert remaining == [10_000, 7_500, 0]


def test_the_context_tells_what_lambdas_own_tells() -> None:
    context = LambdaContext(FACTS, timeout_seconds=10)

    assert context.function_name == "ReadFunction"
    assert context.function_version == "$LATEST"
    assert context.memory_limit_in_mb == "512"
    assert context.aws_request_id == "request-1"
    assert context.invoked_function_arn == "arn:aws:lambda:eu-west-1:000000000000:function:ReadFunction"
    assert context.log_group_name == "/aws/lambda/ReadFunction"
