"""The secrets of join links: derived, checked by hash, kept by nobody."""

import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain import join_secrets
from teleconsultation.domain.join_secrets import ALPHABET, JoinSecrets, secret_matches, with_passes
from teleconsultation.domain.model import JoinPass, Participant, Role
from teleconsultation.storage.items import teleconsultation_item
from tests.fakes import samples

ID = "5f0c9a1be2d34c7a8b6d0e1f"
OTHER_ID = "0123456789abcdef01234567"
NONCE = "00112233aabbccdd"

DOCTOR = samples.participant("doctor-1", role=Role.PLUS)
PATIENT = samples.participant("patient-1")

texts = st.text(st.characters(codec="utf-8"), max_size=20)


def secret_of(
    external_id: str = "patient-1",
    *,
    teleconsultation_id: str = ID,
    nonce: str = NONCE,
    key: str = "a key",
    digest: str = "",
) -> str:
    person = replace(samples.participant(external_id), join_pass=JoinPass(nonce=nonce, digest=digest))
    secret = JoinSecrets(lambda: key).secret(person, teleconsultation_id=teleconsultation_id)
    assert secret is not None
    return secret


def issued(person: Participant = PATIENT) -> tuple[Participant, str]:
    """Return a participant with a pass, and their secret."""
    join_secrets = JoinSecrets(lambda: "a key")
    person = join_secrets.issue_pass(person, teleconsultation_id=ID)
    secret = join_secrets.secret(person, teleconsultation_id=ID)
    assert secret is not None
    return person, secret


class TestDerivation:
    def test_a_secret_is_the_same_for_ever(self) -> None:
        # Written down, because another one would end every link that lies in somebody's mailbox.
        assert secret_of() == "hZIiXOUrDUxbso2FJkHd9bK0WpsP8USJ2"

    def test_a_secret_of_an_earlier_version_is_the_same_for_ever(self) -> None:
        earlier = "1naGB4lsMriaKj5WETMS2T3NjLMMtCKd"
        digest = hashlib.sha256(earlier.encode()).hexdigest()
        owner = replace(PATIENT, join_pass=JoinPass(nonce=NONCE, digest=digest))

        assert secret_of(digest=digest) == earlier
        assert secret_matches(owner, secret=earlier)

    @pytest.mark.parametrize(
        "other",
        [
            secret_of("patient-2"),
            secret_of("doctor-1"),
            secret_of(teleconsultation_id=OTHER_ID),
            secret_of(nonce="00112233aabbccde"),
            secret_of(key="another key"),
        ],
        ids=["person", "another person", "teleconsultation", "nonce", "key"],
    )
    def test_everything_it_is_made_of_counts(self, other: str) -> None:
        assert secret_of() != other

    @given(external_id=texts)
    def test_a_mail_program_takes_all_of_it_for_the_link(self, external_id: str) -> None:
        secret = secret_of(external_id)

        assert re.fullmatch(r"[A-Za-z0-9]{33}", secret)

    @pytest.mark.parametrize(
        "derived",
        [bytes(24), b"\xff" * 24, bytes(23) + b"\1", b"\1" + bytes(23), bytes(range(24))],
        ids=["zero", "largest", "smallest", "first bit", "ordinary"],
    )
    def test_it_holds_192_bits(self, derived: bytes) -> None:
        # Not by a pass: the tests' search for secrets would look for these numbers everywhere.
        written = join_secrets._letters_and_digits(derived)

        number = sum(ALPHABET.index(letter) * 62**place for place, letter in enumerate(written))
        assert number == int.from_bytes(derived)

    def test_the_key_is_not_asked_for_before_it_is_needed(self) -> None:
        def unreadable() -> str:
            raise AssertionError

        join_secrets = JoinSecrets(unreadable)

        assert join_secrets.secret(PATIENT, teleconsultation_id=ID) is None
        with pytest.raises(AssertionError):
            join_secrets.issue_pass(PATIENT, teleconsultation_id=ID)


class TestPasses:
    def test_a_pass_has_a_nonce_of_its_own_each_time(self) -> None:
        passes = [issued()[0].join_pass for _ in range(20)]

        assert len({join_pass.nonce for join_pass in passes if join_pass}) == 20

    def test_the_secret_is_in_no_record_and_no_print(self) -> None:
        person, secret = issued()
        teleconsultation = replace(samples.teleconsultation(), id=ID, participants=(DOCTOR, person))

        written = str(teleconsultation_item(teleconsultation))
        assert person.join_pass is not None
        assert person.join_pass.digest in written
        for text in (written, repr(teleconsultation), repr(person), repr(person.join_pass)):
            assert secret not in text
        assert person.join_pass.digest not in repr(teleconsultation)

    def test_the_owner_of_a_secret_holds_it(self) -> None:
        person, secret = issued()

        assert secret_matches(person, secret=secret)

    def test_nobody_else_does(self) -> None:
        person, secret = issued()

        assert not secret_matches(issued()[0], secret=secret)
        assert not secret_matches(issued(DOCTOR)[0], secret=secret)
        assert not secret_matches(PATIENT, secret=secret)
        assert person.join_pass is not None
        for near in (
            *(
                "",
                " ",
                secret[:-1],
                secret + "A",
                secret.swapcase(),
                secret[::-1],
                f"{secret}=",
                f"{secret} ",
            ),
            *(person.join_pass.digest, person.join_pass.nonce),
        ):
            assert not secret_matches(person, secret=near)

    @pytest.mark.parametrize("half", [chr(0xD800), chr(0xDFFF)], ids=ascii)
    def test_half_a_character_is_a_wrong_secret(self, half: str) -> None:
        person, secret = issued()

        assert not secret_matches(person, secret=half)
        assert not secret_matches(person, secret=secret + half)

    @given(guess=texts)
    def test_no_guess_is_held(self, guess: str) -> None:
        assert not secret_matches(issued()[0], secret=guess)

    def test_it_is_compared_in_constant_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        compared: list[tuple[str, str]] = []

        def compare_digest(kept: str, given: str) -> bool:
            compared.append((kept, given))
            return True

        monkeypatch.setattr("teleconsultation.domain.join_secrets.hmac.compare_digest", compare_digest)
        person, _ = issued()

        assert secret_matches(person, secret="anything")
        [(kept, given)] = compared
        assert person.join_pass is not None
        assert kept == person.join_pass.digest != given
        assert len(given) == len(kept)


class TestWithPasses:
    join_secrets = JoinSecrets(lambda: "a key")

    def passes(
        self,
        *people: Participant,
        before: tuple[Participant, ...] = (),
        renew: tuple[str, ...] = (),
        join_secrets: JoinSecrets | None = join_secrets,
    ) -> list[JoinPass | None]:
        """Return the passes those people have afterwards."""
        result = with_passes(
            people, teleconsultation_id=ID, join_secrets=join_secrets, before=before, renew=renew
        )
        assert [replace(person, join_pass=None) for person in result] == [
            replace(person, join_pass=None) for person in people
        ]
        return [person.join_pass for person in result]

    def test_everybody_new_gets_a_pass(self) -> None:
        doctor, patient = self.passes(DOCTOR, PATIENT)

        assert doctor is not None
        assert patient is not None
        assert doctor != patient

    def test_who_was_there_before_keeps_their_pass_in_any_order(self) -> None:
        before = (issued(DOCTOR)[0], issued(PATIENT)[0])

        kept = self.passes(PATIENT, DOCTOR, before=before)

        assert kept == [before[1].join_pass, before[0].join_pass]

    def test_who_is_renewed_gets_another_and_the_others_keep_theirs(self) -> None:
        before = (issued(DOCTOR)[0], issued(PATIENT)[0])

        doctor, patient = self.passes(*before, before=before, renew=("patient-1",))

        assert doctor == before[0].join_pass
        assert patient is not None
        assert patient != before[1].join_pass

    def test_a_participant_without_a_pass_gets_one(self) -> None:
        [patient] = self.passes(PATIENT, before=(PATIENT,))

        assert patient is not None

    def test_while_switched_off_no_pass_is_issued_and_an_earlier_one_is_kept(self) -> None:
        before = (issued(DOCTOR)[0],)

        kept = self.passes(DOCTOR, PATIENT, before=before, join_secrets=None)

        assert kept == [before[0].join_pass, None]
