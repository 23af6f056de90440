"""An id cannot be guessed, so that 403 against 404 tells an outsider nothing."""

import os

import pytest

from teleconsultation.domain.model import new_teleconsultation_id
from tests.integration.api.client import ApiClient

LEAST_RANDOM_BITS = 80


class Source:
    """In place of the operating system's random numbers: gives `value`, and counts the bits."""

    def __init__(self, value: int = 0) -> None:
        self.value = value
        self.bits: list[int] = []

    def __call__(self, count: int) -> bytes:
        self.bits.append(8 * count)
        return (self.value & (1 << 8 * count) - 1).to_bytes(count)


def test_every_random_bit_of_an_id_shows_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source()
    monkeypatch.setattr(os, "urandom", source)
    zero = new_teleconsultation_id()
    [bits] = source.bits

    ids = {zero}
    for bit in range(bits):
        source.value = 1 << bit
        ids.add(new_teleconsultation_id())

    assert bits >= LEAST_RANDOM_BITS
    assert len(ids) == bits + 1


def test_a_visits_id_is_one_of_these(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", Source(0xFEDCBA9876543210FEDCBA98))

    assert api.create() == new_teleconsultation_id() == "fedcba9876543210fedcba98"
