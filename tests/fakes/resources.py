"""What the template's events are made of, where a test needs the functions and none of this."""

from collections.abc import Mapping
from typing import Final

from deployment.template.intrinsics import ResourceValue

EVENT_RESOURCES: Final[Mapping[str, ResourceValue]] = {
    "DoorQueue": ResourceValue("https://sqs.test/doors", attributes={"Arn": "arn:aws:sqs:eu-west-1:0:doors"}),
    "DeliveryQueue": ResourceValue("https://sqs.test/deliveries.fifo"),
    "ParkedEventsQueue": ResourceValue("https://sqs.test/parked.fifo"),
    "DoorSchedules": ResourceValue("doors"),
    "DoorSchedulesRole": ResourceValue("doors", attributes={"Arn": "arn:aws:iam::0:role/doors"}),
}
