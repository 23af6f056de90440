"""Each alarm rings in a bad hour of a clinic with 1 000 visits a month, and none on a good day.

The clinic works twenty days of ten hours: a visit begins every twelve minutes. Two pages ask once a minute
for ten minutes of waiting and thirty of the call; each visit is made, every third is changed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from deployment.template.intrinsics import Resolver, ResourceValue
from tests.infrastructure.cloudwatch import MetricKey, Metrics, alarm_key, filtered, key, matches, rings
from tests.infrastructure.conftest import FUNCTIONS, Template, properties_of, resources_of
from tests.infrastructure.test_template import ROUTES

MINUTE, HOUR = 60.0, 3600.0
STACK = "clinic"
# The probe is on, unless a test says otherwise.
PROBED = {"ProbeSecretArn": "arn"}
CREATE, UPDATE, DELETE = (
    "POST /teleconsultation",
    "PATCH /teleconsultation/{id}",
    "DELETE /teleconsultation/{id}",
)
SIGNED_IN, JOIN = "GET /teleconsultation/{id}", "GET /teleconsultation/{id}/join"
# How far CloudWatch looks back beyond the periods that it evaluates is not documented.
EXTRA_PERIODS = (0, 2)
# Where the alarms' periods begin within the hour is chance.
SHIFTS_MINUTES = range(0, 15, 2)


@dataclass
class Request:
    """Its values in the access log."""

    at: float
    route: str
    status: int
    milliseconds: int


class AccessLog:
    """The template's access log and the metric filters of its group."""

    def __init__(self, expanded: Template) -> None:
        self._filters = [
            _resolved(expanded, name) for name in resources_of(expanded, "AWS::Logs::MetricFilter")
        ]
        self._format: str = _resolved(expanded, "OriginalStage", "AccessLogSettings")["Format"]
        self._known: dict[tuple[str, int, int], list[tuple[MetricKey, float]]] = {}

    def counted(self, request: Request) -> list[tuple[MetricKey, float]]:
        """Give the samples that a request makes."""
        kind = (request.route, request.status, request.milliseconds)
        if kind not in self._known:
            self._known[kind] = filtered(self._filters, self._line(request))
        return self._known[kind]

    def _line(self, request: Request) -> dict[str, Any]:
        values = {
            "$context.routeKey": request.route,
            "$context.status": str(request.status),
            "$context.responseLatency": str(request.milliseconds),
        }
        text = re.sub(r"\$context[\w.]*", lambda match: values.get(match[0], "-"), self._format)
        line: dict[str, Any] = json.loads(text)
        return line


class Clinic:
    """Ten hours of work after four quiet ones; `metrics` collects their samples.

    `probed` adds the probe's visits to the access log; they are fast also in a bad hour, to hide it at best.
    """

    def __init__(self, log: AccessLog, *, shift_minutes: int = 0, probed: bool = False) -> None:
        self.log = log
        self.metrics = Metrics()
        self.begin, self.shift = 4 * HOUR, shift_minutes * MINUTE
        self.end = self.begin + 10 * HOUR
        self.bad_from, self.bad_to = 7 * HOUR, 8 * HOUR
        self.requests = sorted(self._requests(), key=lambda request: request.at)
        self.probes = self._probes() if probed else []
        self._reconcile()
        self._probe()

    def _requests(self) -> list[Request]:
        requests = []
        for number in range(50):
            start = self.begin + 12 * MINUTE * number
            requests.append(Request(start + 5 * MINUTE, CREATE, 201, 1500))
            if number % 3 == 0:
                requests.append(Request(start + 8 * MINUTE, UPDATE, 204, 1200))
            for person, route in enumerate((SIGNED_IN, JOIN)):
                requests.extend(
                    Request(start + minute * MINUTE + 7 * person, route, 200, 30) for minute in range(43)
                )
        return requests

    def _probes(self) -> list[Request]:
        return [
            Request(run * 5 * MINUTE + 40 + second, route, status, milliseconds)
            for run in range(24 * 12)
            for second, (route, status, milliseconds) in enumerate(
                ((CREATE, 201, 1500), (JOIN, 200, 30), (DELETE, 204, 1200))
            )
        ]

    def _reconcile(self) -> None:
        for run in range(24 * 12):
            at = run * 5 * MINUTE
            self.lambda_("Invocations", "ReconcileRoomsFunction", at=at)
            self.own("OrphanRooms", at=at, value=0)

    def _probe(self) -> None:
        for run in range(24 * 12):
            self.own("ProbeFailures", at=run * 5 * MINUTE + 40, value=0)

    def bad(self, *routes: str) -> list[Request]:
        return [
            request
            for request in self.requests
            if self.bad_from <= request.at < self.bad_to and request.route in routes
        ]

    def own(self, name: str, *, at: float, value: float = 1) -> None:
        self.metrics.count(key("Teleconsultation", name, service=STACK), at=at + self.shift, value=value)

    def lambda_(self, name: str, function: str, *, at: float, value: float = 1) -> None:
        self.metrics.count(key("AWS/Lambda", name, FunctionName=function), at=at + self.shift, value=value)

    def measure(self) -> None:
        """Write the access log, and count the metrics of API Gateway and of the filters."""
        for request in (*self.requests, *self.probes):
            for metric, value in self.log.counted(request):
                self.metrics.count(metric, at=request.at + self.shift, value=value)
            if request.status >= 500:
                gateway = key("AWS/ApiGateway", "5xx", ApiId="Api")
                self.metrics.count(gateway, at=request.at + self.shift)


def _resolved(
    expanded: Template, name: str, *path: str, parameters: Mapping[str, str] = PROBED
) -> dict[str, Any]:
    """Give a resource's properties, with every reference replaced by the resource's name."""
    resolver = Resolver(
        expanded,
        parameters=parameters,
        resources={one: ResourceValue(one, attributes={"Arn": one}) for one in expanded["Resources"]},
        pseudo_parameters={"AWS::StackName": STACK, "AWS::Region": "eu-west-1"},
    )
    node = properties_of(expanded, name)
    for member in path:
        node = node[member]
    resolved: dict[str, Any] = resolver.value(node, at=name)
    return resolved


@pytest.fixture(scope="module")
def log(expanded: Template) -> AccessLog:
    return AccessLog(expanded)


@pytest.fixture(scope="module")
def alarms(expanded: Template) -> Mapping[str, Mapping[str, Any]]:
    return {name: _resolved(expanded, name) for name in resources_of(expanded, "AWS::CloudWatch::Alarm")}


# ── Bad hours ──


def _slow_reads(clinic: Clinic) -> None:
    for request in clinic.bad(SIGNED_IN, JOIN):
        request.milliseconds = 9000


def _slow_changes(clinic: Clinic) -> None:
    for request in clinic.bad(CREATE, UPDATE, DELETE):
        request.milliseconds = 20_000


def _some_slow_reads(clinic: Clinic) -> None:
    for request in clinic.bad(SIGNED_IN, JOIN)[::8]:
        request.milliseconds = 9000


def _some_slow_changes(clinic: Clinic) -> None:
    for request in clinic.bad(CREATE, UPDATE, DELETE)[::2]:
        request.milliseconds = 20_000


def _flood(clinic: Clinic) -> None:
    """Strangers use up the rate, so patients' pages are refused too; all answers are fast."""
    for request in clinic.bad(SIGNED_IN, JOIN):
        request.status, request.milliseconds = 429, 1


def _slow_reads_beside_a_flood(clinic: Clinic) -> None:
    """A hundred refusals a minute must not make the slow answers a small share."""
    refusals = [
        Request(clinic.bad_from + second, JOIN, 429, 1)
        for minute in range(60)
        for second in [minute * MINUTE + count * 0.6 for count in range(100)]
    ]
    _slow_reads(clinic)
    clinic.requests.extend(refusals)


def _storage_down(clinic: Clinic) -> None:
    for request in clinic.bad(SIGNED_IN, JOIN):
        request.status = 503
        clinic.own("StorageUnavailable", at=request.at)


def _storage_fails_at_times(clinic: Clinic) -> None:
    """Too seldom for the alarm of all server errors."""
    for number in range(0, 60, 2):
        at = clinic.bad_from + number * MINUTE
        clinic.requests.append(Request(at, JOIN, 503, 30))
        clinic.own("StorageUnavailable", at=at)


def _provider_down(clinic: Clinic) -> None:
    for request in clinic.bad(CREATE, UPDATE, DELETE):
        request.status = 503
        clinic.own("ProviderUnavailable", at=request.at)


def _directory_down(clinic: Clinic) -> None:
    for request in clinic.bad(CREATE, UPDATE):
        request.status = 503
        clinic.own("DirectoryUnavailable", at=request.at)


def _provider_refuses(clinic: Clinic) -> None:
    for request in clinic.bad(CREATE, UPDATE, DELETE):
        request.status = 502
        clinic.own("ProviderRejected", at=request.at)


def _defect(clinic: Clinic) -> None:
    request = clinic.bad(CREATE)[0]
    request.status = 500
    clinic.own("InternalError", at=request.at)


def _a_client_deletes_all(clinic: Clinic) -> None:
    """Two visits a second, for four minutes."""
    for number in range(480):
        clinic.own("TeleconsultationDeleted", at=clinic.bad_from + number / 2)


def _orphans_stay(clinic: Clinic) -> None:
    metric = key("Teleconsultation", "OrphanRooms", service=STACK)
    clinic.metrics.samples[metric] = [
        (at, float(clinic.bad_from <= at - clinic.shift < clinic.bad_to))
        for at, _ in clinic.metrics.samples[metric]
    ]


def _room_is_lost(clinic: Clinic) -> None:
    clinic.own("LostRooms", at=9 * HOUR)


def _reconciler_fails(clinic: Clinic) -> None:
    for run in range(12):
        clinic.own("ReconcileFailures", at=clinic.bad_from + run * 5 * MINUTE)


def _reconciler_stands_still(clinic: Clinic) -> None:
    """An hour and a half: CloudWatch evaluates older data before it counts a period as missing."""
    metric = key("AWS/Lambda", "Invocations", FunctionName="ReconcileRoomsFunction")
    clinic.metrics.samples[metric] = [
        (at, value)
        for at, value in clinic.metrics.samples[metric]
        if not clinic.bad_from <= at - clinic.shift < clinic.bad_to + HOUR / 2
    ]


def _probe_fails(clinic: Clinic) -> None:
    """In every second run: the two others of three are enough."""
    for run in range(0, 12, 2):
        clinic.own("ProbeFailures", at=clinic.bad_from + run * 5 * MINUTE + 40)


def _probe_stands_still(clinic: Clinic) -> None:
    metric = key("Teleconsultation", "ProbeFailures", service=STACK)
    clinic.metrics.samples[metric] = [
        (at, value)
        for at, value in clinic.metrics.samples[metric]
        if not clinic.bad_from <= at - clinic.shift < clinic.bad_to
    ]


def _events_are_late(clinic: Clinic) -> None:
    for minute in range(16, 40):
        clinic.lambda_(
            "IteratorAge",
            "PublishEventsFunction",
            at=clinic.bad_from + minute * MINUTE,
            value=minute * 60_000,
        )


def _an_erasure_keeps_failing(clinic: Clinic) -> None:
    for number in range(8):
        clinic.own("ErasureFailures", at=clinic.bad_from + number * 15 * MINUTE)


def _event_is_parked(clinic: Clinic) -> None:
    clinic.own("EventsParked", at=clinic.bad_from)


def _bus_refuses(clinic: Clinic) -> None:
    for minute in range(0, 40, 6):
        clinic.own("EventsPutAside", at=clinic.bad_from + minute * MINUTE)


def _change_is_unreadable(clinic: Clinic) -> None:
    clinic.own("UnreadableChanges", at=clinic.bad_from)


def _once(metric: str, function: str) -> Callable[[Clinic], None]:
    return lambda clinic: clinic.lambda_(metric, function, at=clinic.bad_from)


BAD_HOURS: Mapping[str, tuple[Callable[[Clinic], None], set[str]]] = {
    "every read takes 9 s": (_slow_reads, {"SlowReadsAlarm"}),
    "every change takes 20 s": (_slow_changes, {"SlowChangesAlarm"}),
    "every eighth read takes 9 s": (_some_slow_reads, {"SlowReadsAlarm"}),
    "every second change takes 20 s": (_some_slow_changes, {"SlowChangesAlarm"}),
    "strangers take the whole rate": (_flood, {"TooManyRequestsAlarm"}),
    "slow reads beside refused ones": (
        _slow_reads_beside_a_flood,
        {"SlowReadsAlarm", "TooManyRequestsAlarm"},
    ),
    "the table does not answer": (_storage_down, {"StorageUnavailableAlarm", "ApiServerErrorsAlarm"}),
    "the table fails a request now and then": (_storage_fails_at_times, {"StorageUnavailableAlarm"}),
    "the directory does not answer": (_directory_down, {"DirectoryUnavailableAlarm"}),
    "Bandyer does not answer": (_provider_down, {"ProviderUnavailableAlarm"}),
    "Bandyer refuses": (_provider_refuses, {"ProviderRejectedAlarm"}),
    "one defect": (_defect, {"InternalErrorsAlarm"}),
    "a client deletes every visit": (_a_client_deletes_all, {"ManyDeletionsAlarm"}),
    "rooms stay": (_orphans_stay, {"OrphanRoomsAlarm"}),
    "a room is lost": (_room_is_lost, {"LostRoomsAlarm"}),
    "the reconciler fails": (_reconciler_fails, {"ReconcileFailuresAlarm"}),
    "the reconciler does not run": (_reconciler_stands_still, {"ReconcilerSilentAlarm"}),
    "an erasure keeps failing": (_an_erasure_keeps_failing, {"ErasureFailuresAlarm"}),
    "the probe fails": (_probe_fails, {"ProbeFailuresAlarm"}),
    "the probe does not run": (_probe_stands_still, {"ProbeFailuresAlarm"}),
    "a change is not published": (_events_are_late, {"EventsLateAlarm"}),
    "an event is parked": (_event_is_parked, {"EventsParkedAlarm"}),
    "the event bus refuses an event again and again": (_bus_refuses, {"EventsPutAsideAlarm"}),
    "a change cannot be read": (_change_is_unreadable, {"UnreadableChangesAlarm"}),
    **{
        f"{metric} of {function}": (
            _once(metric, function),
            {f"{function.removesuffix('Function')}{metric}Alarm"},
        )
        for function in FUNCTIONS
        for metric in ("Errors", "Throttles")
    },
}


def _ringing(alarms: Mapping[str, Mapping[str, Any]], clinic: Clinic, *, extra_periods: int) -> set[str]:
    return {
        name
        for name, alarm in alarms.items()
        if rings(alarm, clinic.metrics, begin=HOUR, end=24 * HOUR, extra_periods=extra_periods)
    }


@pytest.mark.parametrize("bad_hour", BAD_HOURS)
def test_a_bad_hour_rings_its_alarms(
    log: AccessLog, alarms: Mapping[str, Mapping[str, Any]], bad_hour: str
) -> None:
    spoil, expected = BAD_HOURS[bad_hour]
    found = set()

    for shift in SHIFTS_MINUTES:
        clinic = Clinic(log, shift_minutes=shift)
        spoil(clinic)
        clinic.measure()
        found |= {frozenset(_ringing(alarms, clinic, extra_periods=extra)) for extra in EXTRA_PERIODS}

    assert found == {frozenset(expected)}


def test_every_alarm_has_its_bad_hour(alarms: Mapping[str, Mapping[str, Any]]) -> None:
    assert set().union(*(expected for _, expected in BAD_HOURS.values())) == alarms.keys()


# ── A good day ──


def test_a_good_day_is_silent(log: AccessLog, alarms: Mapping[str, Mapping[str, Any]]) -> None:
    """With cold starts, one slow change and single faults that end by themselves."""
    found = set()

    for shift in SHIFTS_MINUTES:
        clinic = Clinic(log, shift_minutes=shift)
        for request in [each for each in clinic.requests if each.route in (SIGNED_IN, JOIN)][::200]:
            request.milliseconds = 1300
        changes = [each for each in clinic.requests if each.route in (CREATE, UPDATE, DELETE)]
        changes[10].milliseconds = 12_000
        changes[20].status = 503
        clinic.own("ProviderUnavailable", at=changes[20].at)
        hiccup = clinic.bad(JOIN)[0]
        hiccup.status = 503
        clinic.own("StorageUnavailable", at=hiccup.at)
        clinic.requests.extend(Request(6 * HOUR + second, JOIN, 429, 1) for second in range(3))
        # A doctor is ill: the visits of a day and a half are cancelled one after the other.
        for number in range(25):
            clinic.own("TeleconsultationDeleted", at=7 * HOUR + number * 20)
        clinic.own("OrphanRooms", at=9 * HOUR, value=1)
        clinic.own("ReconcileFailures", at=9 * HOUR)
        clinic.own("ProbeFailures", at=9 * HOUR + 40)
        clinic.measure()
        for extra in EXTRA_PERIODS:
            found |= _ringing(alarms, clinic, extra_periods=extra)

    assert found == set()


def test_one_slow_answer_in_a_hundred_rings_no_alarm_of_a_hospital_group(
    log: AccessLog, alarms: Mapping[str, Mapping[str, Any]]
) -> None:
    """With a hundred times as many visits an alarm on counts alone would ring all day."""
    clinic = Clinic(log)
    for number, request in enumerate(clinic.requests):
        slow = Request(request.at, request.route, request.status, 21_000)
        for repeated in range(100):
            for metric, value in log.counted(slow if (number + repeated) % 100 == 0 else request):
                clinic.metrics.count(metric, at=request.at, value=value)

    assert _ringing(alarms, clinic, extra_periods=0) == set()


@pytest.mark.parametrize("bad_hour", BAD_HOURS)
def test_the_probes_visits_hide_no_bad_hour(
    log: AccessLog, alarms: Mapping[str, Mapping[str, Any]], bad_hour: str
) -> None:
    spoil, expected = BAD_HOURS[bad_hour]
    clinic = Clinic(log, probed=True)
    spoil(clinic)
    clinic.measure()

    assert _ringing(alarms, clinic, extra_periods=0) == expected


def test_the_probes_visits_ring_no_alarm_of_a_clinic_that_is_closed(
    log: AccessLog, alarms: Mapping[str, Mapping[str, Any]]
) -> None:
    clinic = Clinic(log, probed=True)
    clinic.requests.clear()
    clinic.measure()

    assert _ringing(alarms, clinic, extra_periods=0) == set()


def test_a_probe_that_is_off_rings_no_alarm(expanded: Template, log: AccessLog) -> None:
    alarm = _resolved(expanded, "ProbeFailuresAlarm", parameters={})
    clinic = Clinic(log)
    clinic.metrics.samples.pop(key("Teleconsultation", "ProbeFailures", service=STACK))

    rung = [
        rings(alarm, clinic.metrics, begin=HOUR, end=24 * HOUR, extra_periods=extra)
        for extra in EXTRA_PERIODS
    ]

    assert rung == [False, False]


# ── What is counted ──


def test_every_route_that_somebody_waits_for_is_counted(log: AccessLog) -> None:
    counted = {
        route: [name for (_, name, _), _ in log.counted(Request(0, route, 200, 30))] for route in ROUTES
    }

    nobody_waits = {route for route in ROUTES if route.endswith(("/presence", "/webhooks/bandyer"))}
    patients_wait = {"GET /teleconsultation/{id}", JOIN}
    assert counted == {
        route: [] if route in nobody_waits else ["SlowReads" if route in patients_wait else "SlowChanges"]
        for route in ROUTES
    }


@pytest.mark.parametrize(("status", "expected"), [(401, []), (429, ["TooManyRequests"])])
def test_refusals_of_the_gateway_are_not_counted_as_fast(
    log: AccessLog, status: int, expected: list[str]
) -> None:
    counted = log.counted(Request(0, JOIN, status, 1))

    assert [name for (_, name, _), _ in counted] == expected


def test_a_number_in_a_pattern_matches_no_text() -> None:
    assert matches("{ $.status = 429 }", {"status": 429})
    assert not matches("{ $.status = 429 }", {"status": "429"})


@pytest.mark.parametrize(("samples", "expected"), [(999, False), (1000, True)])
def test_a_percentile_of_few_samples_changes_no_state(
    alarms: Mapping[str, Mapping[str, Any]], samples: int, *, expected: bool
) -> None:
    percentile = {"ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": "ignore"}
    slow = {name: value for name, value in alarms["SlowReadsAlarm"].items() if name != "Statistic"}
    alarm = slow | percentile | {"EvaluationPeriods": 1, "DatapointsToAlarm": 1}
    metrics = Metrics()

    for _ in range(samples):
        metrics.count(alarm_key(alarm), at=HOUR)

    assert rings(alarm, metrics, begin=HOUR, end=2 * HOUR, extra_periods=0) is expected


def test_alarms_watch_only_this_stack(alarms: Mapping[str, Mapping[str, Any]]) -> None:
    for name, alarm in alarms.items():
        namespace, _, dimensions = alarm_key(alarm)
        if namespace == "Teleconsultation":
            assert dimensions == (("service", STACK),), name
