"""A visit of its own, joined through the public address as a patient's browser does it.

It is a client of the deployed service and imports nothing of it, because a defect in shared code would make
both wrong in the same way.
"""

from probe.failure import ProbeError
from probe.settings import ProbeSettings
from probe.token import ManagerToken
from probe.visit import Probe
from probe.web import Web

__all__ = ["ManagerToken", "Probe", "ProbeError", "ProbeSettings", "Web"]
