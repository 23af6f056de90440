"""A visit of its own, joined through the public address as a patient's browser does it.

It is a client of the deployed service and imports nothing of it: what it shared with the service would fail
with it.
"""

from probe.failure import ProbeError
from probe.settings import ProbeSettings
from probe.token import ManagerToken
from probe.visit import Probe
from probe.web import Web

__all__ = ["ManagerToken", "Probe", "ProbeError", "ProbeSettings", "Web"]
