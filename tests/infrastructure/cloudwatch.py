"""CloudWatch's documented rules for metric filters on JSON lines, statistics and alarm states.

The emulator deploys filters and alarms but evaluates neither.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
"""

import math
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# Namespace, name, dimensions.
type MetricKey = tuple[str, str, tuple[tuple[str, str], ...]]
# Seconds since the beginning, value.
type Sample = tuple[float, float]

OK: Final = "OK"
ALARM: Final = "ALARM"

_STATISTICS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}
_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<field>\$\.[\w-]+)|(?P<text>"[^"]*")|(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<sign>&&|\|\||[()]|[!<>]?=|[<>]))'
)


def key(namespace: str, name: str, **dimensions: str) -> MetricKey:
    """Give the key of a metric."""
    return (namespace, name, tuple(sorted(dimensions.items())))


@dataclass
class Metrics:
    """The samples of each metric."""

    samples: dict[MetricKey, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def count(self, metric: MetricKey, *, at: float, value: float = 1) -> None:
        """Add one sample."""
        self.samples[metric].append((at, value))

    def datapoints(self, metric: MetricKey, *, period: int, statistic: str) -> dict[int, float]:
        """Give the statistic of each period, by the period's number; periods without samples are missing."""
        periods: dict[int, list[float]] = defaultdict(list)
        for at, value in self.samples.get(metric, []):
            periods[int(at // period)].append(value)
        return {number: _statistic(statistic)(values) for number, values in periods.items()}


def _statistic(name: str) -> Callable[[Sequence[float]], float]:
    """Give one of the statistics, or a percentile such as p99."""
    if name in _STATISTICS:
        return _STATISTICS[name]
    share = _share(name)
    return lambda values: sorted(values)[math.ceil(share * len(values)) - 1]


def _share(percentile: str) -> float:
    return float(percentile.removeprefix("p")) / 100


# ── Metric filters ──


def matches(pattern: str, line: Mapping[str, Any]) -> bool:
    """Say whether a JSON line matches `{ ($.a = "text") && ($.b > 1) }`.

    A number in the pattern matches numbers only: what is written as a text is no number to CloudWatch.
    """
    if not (pattern.startswith("{") and pattern.endswith("}")):
        raise ValueError(f"not a pattern for JSON: {pattern}")
    tokens = list(_tokens(pattern[1:-1].rstrip()))
    result = _either(tokens, line)
    if tokens:
        raise ValueError(f"not understood: {tokens[0]}")
    return result


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"not understood: {text[position:]}")
        yield match[0].strip()
        position = match.end()


def _either(tokens: list[str], line: Mapping[str, Any]) -> bool:
    result = _both(tokens, line)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        result = _both(tokens, line) or result
    return result


def _both(tokens: list[str], line: Mapping[str, Any]) -> bool:
    result = _condition(tokens, line)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        result = _condition(tokens, line) and result
    return result


def _condition(tokens: list[str], line: Mapping[str, Any]) -> bool:
    token = tokens.pop(0)
    if token == "(":
        result = _either(tokens, line)
        if tokens.pop(0) != ")":
            raise ValueError("a parenthesis is not closed")
        return result
    compare, wanted = _OPERATORS[tokens.pop(0)], tokens.pop(0)
    value = line.get(token.removeprefix("$."))
    if wanted.startswith('"'):
        return isinstance(value, str) and compare(value, wanted.strip('"'))
    return isinstance(value, int | float) and compare(value, float(wanted))


def filtered(filters: Sequence[Mapping[str, Any]], line: Mapping[str, Any]) -> list[tuple[MetricKey, float]]:
    """Give the samples that the log group's filters make from one line."""
    counted = []
    for each in filters:
        if matches(each["FilterPattern"], line):
            for transformation in each["MetricTransformations"]:
                dimensions = {
                    dimension["Key"]: str(line[dimension["Value"].removeprefix("$.")])
                    for dimension in transformation["Dimensions"]
                }
                metric = key(transformation["MetricNamespace"], transformation["MetricName"], **dimensions)
                counted.append((metric, float(transformation["MetricValue"])))
    return counted


# ── Alarms ──


def rings(
    alarm: Mapping[str, Any], metrics: Metrics, *, begin: float, end: float, extra_periods: int
) -> bool:
    """Say whether an alarm, OK at first, is in ALARM at the end of any period between two times.

    `extra_periods` is how far CloudWatch looks back for data beyond the periods that it evaluates: it says
    that it does, and not how far.
    """
    period = int(alarm["Period"])
    metric, percentile = alarm_key(alarm), alarm.get("ExtendedStatistic")
    datapoints = metrics.datapoints(metric, period=period, statistic=percentile or alarm["Statistic"])
    if not datapoints and alarm["TreatMissingData"] != "breaching":
        return False  # nothing can breach; of most alarms there is nothing in most hours
    needed = 0.0
    if percentile and alarm["EvaluateLowSampleCountPercentile"] == "ignore":
        needed = round(10 / (1 - _share(percentile)), 6)
    samples = metrics.datapoints(metric, period=period, statistic="SampleCount")
    state = OK
    for last in range(int(begin // period), int(end // period)):
        if samples.get(last, 0) < needed:
            continue
        state = _state(alarm, datapoints, last=last, before=state, extra_periods=extra_periods)
        if state == ALARM:
            return True
    return False


def alarm_key(alarm: Mapping[str, Any]) -> MetricKey:
    """Give the key of the metric that an alarm watches."""
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    return key(alarm["Namespace"], alarm["MetricName"], **dimensions)


def _state(
    alarm: Mapping[str, Any], datapoints: Mapping[int, float], *, last: int, before: str, extra_periods: int
) -> str:
    evaluated = int(alarm["EvaluationPeriods"])
    needed = int(alarm.get("DatapointsToAlarm", evaluated))
    compare, threshold = _COMPARISONS[alarm["ComparisonOperator"]], float(alarm["Threshold"])
    looked_at = range(last, last - evaluated - extra_periods, -1)
    real = [datapoints[number] for number in looked_at if number in datapoints][:evaluated]
    breaching = sum(compare(value, threshold) for value in real)
    missing = evaluated - len(real)
    match alarm["TreatMissingData"]:
        case "breaching":
            breaching += missing
        case "ignore" if len(real) < needed:
            return before
        case "ignore" | "notBreaching":
            pass
        case other:
            raise ValueError(f"not understood: TreatMissingData {other}")
    return ALARM if breaching >= needed else OK
