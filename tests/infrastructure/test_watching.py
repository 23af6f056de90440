"""Alarms and the dashboard: they watch what exists, say what is wrong, and reach whoever is named."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from deployment.template.intrinsics import Resolver, ResourceValue
from teleconsultation.edge.problems import PROBLEMS, UNEXPECTED
from teleconsultation.edge.request_log import NAMESPACE
from tests.infrastructure.conftest import FUNCTIONS, PROJECT, Template, properties_of, resources_of

# One alarm each for every function, not one that sums them: the emulator, which must be able to deploy what
# AWS is given, knows no metric math.
OF_EVERY_FUNCTION = ("Errors", "Throttles")
STACK = {"Ref": "AWS::StackName"}
# Counted by the reconciler, by the erasures and by the probe.
SCHEDULED_METRICS = {
    *("RoomsReconciled", "OrphanRooms", "LostRooms", "ReconcileFailures"),
    *("ErasureFailures", "ProbeFailures"),
}
# Counted where events are published.
EVENT_METRICS = {"EventsPublished", "EventsDelivered", "EventsParked", "EventsPutAside", "UnreadableChanges"}


def _alarms(template: Template) -> Mapping[str, dict[str, Any]]:
    alarms = resources_of(template, "AWS::CloudWatch::Alarm")
    return {name: alarm["Properties"] for name, alarm in alarms.items()}


def _counted(template: Template) -> set[str]:
    """Give the names of the metrics that the code writes and that the access log's filters make."""
    filters = resources_of(template, "AWS::Logs::MetricFilter").values()
    return _counted_by_the_functions() | {
        transformation["MetricName"]
        for each in filters
        for transformation in each["Properties"]["MetricTransformations"]
    }


def _counted_by_the_functions() -> set[str]:
    """Give the names of the metrics that the code writes."""
    handlers = "\n".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "functions").glob("*/app.py")
    )
    outcomes = set(re.findall(r'outcome="(\w+)"', handlers))
    problems = {problem.metric for problem in (*PROBLEMS.values(), UNEXPECTED)}
    return outcomes | problems | SCHEDULED_METRICS | EVENT_METRICS


def test_there_is_an_alarm_for_each_thing_that_goes_wrong(expanded: Template) -> None:
    watched = {alarm["MetricName"] for alarm in _alarms(expanded).values()}

    assert watched == {
        "Errors",
        "Throttles",
        "SlowReads",
        "SlowChanges",
        "TooManyRequests",
        "StorageUnavailable",
        "5xx",
        "InternalError",
        "ProviderUnavailable",
        "ProviderRejected",
        "DirectoryUnavailable",
        "OrphanRooms",
        "LostRooms",
        "TeleconsultationDeleted",
        "ReconcileFailures",
        "ErasureFailures",
        "Invocations",
        "ProbeFailures",
        "IteratorAge",
        "UnreadableChanges",
        "EventsParked",
        "EventsPutAside",
    }


@pytest.mark.parametrize("metric", OF_EVERY_FUNCTION)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_fails_unseen(expanded: Template, function: str, metric: str) -> None:
    alarm = _alarms(expanded)[f"{function.removesuffix('Function')}{metric}Alarm"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 1, 1)


@pytest.mark.parametrize(
    ("metric", "target"), [("SlowReads", "ReadLatencyTargetMs"), ("SlowChanges", "WriteLatencyTargetMs")]
)
def test_what_is_slow_is_the_operators_choice(expanded: Template, metric: str, target: str) -> None:
    patterns = {
        each["Properties"]["MetricTransformations"][0]["MetricValue"]: each["Properties"]["FilterPattern"]
        for each in resources_of(expanded, "AWS::Logs::MetricFilter").values()
        if each["Properties"]["MetricTransformations"][0]["MetricName"] == metric
    }

    slow, other = patterns["1"]["Fn::Sub"], patterns["0"]["Fn::Sub"]
    assert f"($.responseLatencyMs > ${{{target}}})" in slow
    assert slow.replace(" > ", " <= ") == other


def test_orphan_rooms_ring_only_when_they_stay(expanded: Template) -> None:
    alarm = _alarms(expanded)["OrphanRoomsAlarm"]

    # The least of each quarter of an hour: one run that ends without any is enough to be quiet.
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Minimum", 900, 2)


def test_a_reconciler_that_does_not_run_is_noticed(expanded: Template) -> None:
    alarm = _alarms(expanded)["ReconcilerSilentAlarm"]

    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "ReconcileRoomsFunction"}}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


def test_alarms_tell_the_topic_if_there_is_one(expanded: Template) -> None:
    told = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}

    for name, alarm in _alarms(expanded).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == told, name
        assert alarm["AlarmDescription"].endswith("."), name
        assert "TreatMissingData" in alarm, name


def test_our_own_metrics_exist_and_are_this_stacks(expanded: Template) -> None:
    ours = [alarm for alarm in _alarms(expanded).values() if alarm["Namespace"] == NAMESPACE]

    assert {alarm["MetricName"] for alarm in ours} <= _counted(expanded)
    assert all(alarm["Dimensions"] == [{"Name": "service", "Value": STACK}] for alarm in ours)
    for function in FUNCTIONS:
        variables = properties_of(expanded, function)["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"] == STACK


def test_the_operator_can_look_up_every_alarm(expanded: Template) -> None:
    manual = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")

    for name in _alarms(expanded):
        # Those of every function are explained once.
        kind = re.sub(
            r"^(?:\w+Teleconsultations?|CheckRoom|DeleteUploads|DeliverWebhook|GetCalendarFile|GiveConsent|NotePresence|Probe"
            r"|PublishEvents|Read(?:Attendance|History)|ReceiveEvent|ReconcileRooms|\w+Participant|\w+Person|IssueCredentials"
            r"|GetDetails|ListSessions|GetRecording|GetTranscription|RequestErasure|GetErasure|ReadSettings|UpdateSettings|AddBackground)"
            r"(?=Errors|Throttles)",
            "…",
            name,
        )
        assert f"`{kind.removesuffix('Alarm')}`" in manual, name


# ── Dashboard ──


@pytest.fixture(scope="module")
def widgets(expanded: Template) -> list[dict[str, Any]]:
    """The dashboard as CloudWatch gets it; each resource's own values are its name."""
    resources = {
        name: ResourceValue(name, attributes={"Arn": f"arn:{name}"}) for name in expanded["Resources"]
    }
    resolver = Resolver(
        expanded,
        # The alarms of events exist if somebody is told of them.
        parameters={"EventBusName": "default", "EventEndpointsSecretArn": "arn"},
        resources=resources,
        pseudo_parameters={"AWS::Region": "eu-west-1", "AWS::StackName": "clinic"},
    )
    body = resolver.value(properties_of(expanded, "Dashboard")["DashboardBody"], at="Dashboard")
    dashboard: dict[str, list[dict[str, Any]]] = json.loads(body)
    return dashboard["widgets"]


def _shown(widgets: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for widget in widgets:
        yield from widget["properties"].get("metrics", [])


def test_the_dashboard_shows_every_alarm(expanded: Template, widgets: list[dict[str, Any]]) -> None:
    [status] = [widget for widget in widgets if widget["type"] == "alarm"]

    assert sorted(status["properties"]["alarms"]) == sorted(f"arn:{name}" for name in _alarms(expanded))


def test_the_dashboard_shows_every_function(widgets: list[dict[str, Any]]) -> None:
    for metric in OF_EVERY_FUNCTION:
        shown = {names[3] for names in _shown(widgets) if names[:2] == ["AWS/Lambda", metric]}

        assert shown == set(FUNCTIONS), metric


def test_the_dashboard_shows_what_is_counted(expanded: Template, widgets: list[dict[str, Any]]) -> None:
    ours = [names for names in _shown(widgets) if names[0] == NAMESPACE]

    assert ours
    assert {names[1] for names in ours} <= _counted(expanded)
    assert all(names[2:] == ["service", "clinic"] for names in ours)


def test_the_dashboard_has_no_overlaps_and_stays_in_its_24_columns(widgets: list[dict[str, Any]]) -> None:
    cells = [
        (widget["x"] + column, widget["y"] + row)
        for widget in widgets
        for column in range(widget["width"])
        for row in range(widget["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < 24
