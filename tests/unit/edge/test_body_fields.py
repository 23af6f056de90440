"""Request bodies: what is understood, and how each mistake is named, once and without repeating the input."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core._pydantic_core import list_all_errors

from teleconsultation.domain.errors import FieldError, InvalidRequestError
from teleconsultation.domain.schedule import EndSpelling
from teleconsultation.edge.create_body import CreateTeleconsultationBody
from teleconsultation.edge.documents import _OTHER_MESSAGE, MAX_REPORTED_ERRORS, _message
from teleconsultation.edge.update_body import UpdateTeleconsultationBody
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.create import NewTeleconsultation
from teleconsultation.use_cases.guests import Invitee
from teleconsultation.use_cases.update import Changes

CANARY = "canary-7f3a"
MISSING = object()

type Body = dict[str, Any]
type Parse = Callable[[bytes], NewTeleconsultation | Changes]

parse_create: Parse = CreateTeleconsultationBody.parse
parse_update: Parse = UpdateTeleconsultationBody.parse


def body(**changes: object) -> Body:
    """Return a valid body of POST, with some of its fields changed or `MISSING`."""
    valid: Body = {
        "participants": {"number": 2, "data": [person("d", member_of="doctor"), person("p")]},
        "start_date": "2026-12-01T15:30:00.000Z",
        "duration_in_seconds": 3600,
    }
    return {name: value for name, value in (valid | changes).items() if value is not MISSING}


def person(external_id: str = "p", *, member_of: str = "patient", **changes: object) -> Body:
    """Return a valid participant, with some fields changed or `MISSING`."""
    valid = {"userExternalId": external_id, "groups": [member_of], "fullName": "Joe Smith", "language": "it"}
    return {name: value for name, value in (valid | changes).items() if value is not MISSING}


def with_person(**changes: Any) -> Body:
    """Return a body whose second participant is changed."""
    return body(participants={"number": 2, "data": [person("d"), person(**changes)]})


def create(sent: Body) -> NewTeleconsultation:
    return CreateTeleconsultationBody.parse(json.dumps(sent).encode())


def update(sent: Body) -> Changes:
    return UpdateTeleconsultationBody.parse(json.dumps(sent).encode())


def errors_of(parse: Parse, sent: bytes) -> list[FieldError]:
    with pytest.raises(InvalidRequestError) as caught:
        parse(sent)

    errors = list(caught.value.errors)
    # Neither a message nor the exception's own text nor a chained one repeats what was sent.
    chained = (caught.value.__cause__, caught.value.__context__)
    assert CANARY not in repr(([error.message for error in errors], caught.value, chained))
    assert not any(isinstance(error, ValidationError) for error in chained)
    return errors


def only_error(parse: Parse, sent: object) -> FieldError:
    [error] = errors_of(parse, json.dumps(sent).encode())
    return error


def messages_of(parse: Parse, sent: bytes) -> list[str]:
    try:
        parse(sent)
    except InvalidRequestError as caught:
        return [error.message for error in caught.errors]
    return []


class TestWhatIsUnderstood:
    def test_an_object_of_participants(self) -> None:
        wanted = create(body())

        assert wanted.participants_number == 2
        assert wanted.invitees[1] == Invitee(
            external_id="p",
            field_path="participants.data[1]",
            groups=("patient",),
            full_name="Joe Smith",
            language="it",
        )
        assert wanted.schedule.start_date == datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
        assert wanted.schedule.end_spelling is EndSpelling.DURATION

    def test_the_other_spellings_of_id_and_group(self) -> None:
        sent = with_person(userExternalId=MISSING, userId="p", groups=MISSING, group="patient")

        assert create(sent) == create(body(participants={"number": 2, "data": [person("d"), person("p")]}))

    def test_a_list_of_known_ids(self) -> None:
        wanted = create(body(participants=["d", "p"]))

        assert wanted.participants_number == 2
        assert wanted.invitees == (
            Invitee(external_id="d", field_path="participants[0]"),
            Invitee(external_id="p", field_path="participants[1]"),
        )

    def test_an_id_alone_in_an_object(self) -> None:
        sent = with_person(groups=MISSING, fullName=MISSING, language=MISSING)

        assert create(sent).invitees[1] == Invitee(external_id="p", field_path="participants.data[1]")

    @pytest.mark.parametrize("data", [[], [person()]], ids=["nobody", "one"])
    def test_fewer_people_than_expected(self, data: list[Body]) -> None:
        wanted = create(body(participants={"number": 25, "data": data}))

        assert (wanted.participants_number, len(wanted.invitees)) == (25, len(data))

    @pytest.mark.parametrize(
        "start_date",
        [
            "2026-12-01T15:30:00Z",
            "2026-12-01T15:30:00.000000Z",
            "2026-12-01T16:30:00+01:00",
            "2026-12-01T00:30:00.000-15:00",
        ],
    )
    def test_instants_with_any_offset_and_precision(self, start_date: str) -> None:
        assert create(body(start_date=start_date)) == create(body())

    def test_an_end_in_place_of_the_duration(self) -> None:
        wanted = create(body(duration_in_seconds=MISSING, end_date="2026-12-01T16:30:00Z"))

        assert wanted.schedule.end_spelling is EndSpelling.END_DATE
        assert wanted.schedule.duration_seconds == 3600

    def test_names_of_any_script(self) -> None:
        assert create(with_person(fullName="李雷 Zoë O'Neil")).invitees[1].full_name == "李雷 Zoë O'Neil"

    @pytest.mark.parametrize(
        ("language", "taken"),
        [
            ("it", "it"),
            ("it-IT", "it-IT"),
            ("it_IT", "it-IT"),
            ("xx", "xx"),
            ("", None),
            (None, None),
            ("not a tag", None),
            ("i" * 36, None),
        ],
    )
    @pytest.mark.parametrize("parse", [parse_create, parse_update], ids=["create", "update"])
    def test_a_language_never_costs_a_visit(
        self, parse: Parse, language: str | None, taken: str | None
    ) -> None:
        sent = with_person(language=language)

        parsed = parse(json.dumps(sent).encode())

        assert parsed.invitees is not None
        assert parsed.invitees[1].language == taken

    @pytest.mark.parametrize(
        ("sent", "changes"),
        [
            ({"participants": {"number": 3}}, Changes(participants_number=3)),
            ({"participants": {"data": []}}, Changes(invitees=())),
            (
                {"participants": ["d", "p"]},
                Changes(
                    participants_number=2,
                    invitees=(
                        Invitee(external_id="d", field_path="participants[0]"),
                        Invitee(external_id="p", field_path="participants[1]"),
                    ),
                ),
            ),
            (
                {"start_date": "2026-12-01T15:30:00Z"},
                Changes(start_date=datetime(2026, 12, 1, 15, 30, tzinfo=UTC)),
            ),
            (
                {"end_date": "2026-12-01T15:30:00Z"},
                Changes(end_date=datetime(2026, 12, 1, 15, 30, tzinfo=UTC)),
            ),
            ({"duration_in_seconds": 300}, Changes(duration_seconds=300)),
            (
                {"notice": "20 Minuten später \u2013 Zoë \U0001f552"},
                Changes(notice="20 Minuten später \u2013 Zoë 🕒"),
            ),
            ({"notice": "x" * 200}, Changes(notice="x" * 200)),
            ({"notice": ""}, Changes(notice="")),
            ({"renewJoinLinks": ["p", "d"]}, Changes(renew_join_links=("p", "d"))),
            ({"newRoom": True}, Changes(new_room=True)),
            ({"reference": "x" * 128}, Changes(booking=BookingChanges(reference="x" * 128))),
            ({"reference": None}, Changes(booking=BookingChanges(reference=""))),
            ({"reference": ""}, Changes(booking=BookingChanges(reference=""))),
            (
                {"metadata": {"ward": "3B", "a-z_A.Z:9": None}},
                Changes(booking=BookingChanges(metadata={"ward": "3B", "a-z_A.Z:9": None})),
            ),
            ({"metadata": None}, Changes(booking=BookingChanges(metadata=None))),
        ],
        ids=[
            "number",
            "data",
            "known ids",
            "start",
            "end",
            "duration",
            "a notice",
            "a long notice",
            "no notice",
            "renewed links",
            "a new room",
            "a long reference",
            "no reference",
            "an empty reference",
            "metadata",
            "no metadata",
        ],
    )
    def test_any_part_alone_in_a_change(self, sent: Body, changes: Changes) -> None:
        assert update(sent) == changes


class TestBodiesThatAreNone:
    @pytest.mark.parametrize("parse", [parse_create, parse_update], ids=["create", "update"])
    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b" ",
            b"{",
            b"{'participants': []}",
            CANARY.encode(),
            b"[" * 10_000,
            b"\xff\xfe{\x00}\x00",
            b'{"start_date": "' + CANARY.encode() + b'\xff"}',
            rb'{"start_date": "canary-7f3a\ud800"}',
            b'{"start_date": NaN-canary-7f3a}',
            b"{} canary-7f3a",
        ],
        ids=lambda sent: repr(sent[:32]),
    )
    def test_what_is_not_json_is_one_error_of_the_whole_body(self, parse: Parse, sent: bytes) -> None:
        [error] = errors_of(parse, sent)

        assert error.field == ""
        assert error.message.startswith("must be JSON in UTF-8; it is not")

    @pytest.mark.parametrize("parse", [parse_create, parse_update], ids=["create", "update"])
    @pytest.mark.parametrize("sent", [[], [CANARY], CANARY, 5, True, None], ids=repr)
    def test_what_is_not_an_object_is_one_error_of_the_whole_body(self, parse: Parse, sent: object) -> None:
        assert only_error(parse, sent).field == ""

    def test_an_empty_change_is_refused(self) -> None:
        assert only_error(parse_update, {}) == FieldError("", "must change at least one field")

    def test_an_empty_change_of_the_participants_is_refused(self) -> None:
        error = only_error(parse_update, {"participants": {}})

        assert error == FieldError("participants", "must have at least one of number and data")

    def test_an_empty_creation_names_everything_that_is_missing(self) -> None:
        errors = errors_of(parse_create, b"{}")

        assert [error.field for error in errors] == ["participants", "start_date"]


FULL_OF_CANARIES = {"canary-7f3a": "canary-7f3a"}

WRONG_FIELDS: dict[str, tuple[Body, str]] = {
    "unknown field": (body(surprise=CANARY), "surprise"),
    "unknown field called object": (body(object=CANARY), "object"),
    "unknown field called list": (
        body(participants={"number": 2, "data": [], "list": 1}),
        "participants.list",
    ),
    "unknown field in participants": (
        body(participants={"number": 2, "data": [], "surprise": CANARY}),
        "participants.surprise",
    ),
    "unknown field in a participant": (with_person(surprise=CANARY), "participants.data[1].surprise"),
    "participants missing": (body(participants=MISSING), "participants"),
    "participants null": (body(participants=None), "participants"),
    "participants text": (body(participants=CANARY), "participants"),
    "participants number": (body(participants=2), "participants"),
    "participants empty": (body(participants=[]), "participants"),
    "participants of one": (body(participants=[CANARY]), "participants"),
    "participants of 26": (body(participants=[f"{CANARY}{n}" for n in range(26)]), "participants"),
    "participants list of numbers": (body(participants=["d", 5]), "participants[1]"),
    "participants list with null": (body(participants=["d", None]), "participants[1]"),
    "participants list with an empty id": (body(participants=["", "p"]), "participants[0]"),
    "participants list of objects": (body(participants=["d", FULL_OF_CANARIES]), "participants[1]"),
    "number missing": (body(participants={"data": []}), "participants.number"),
    "number null": (body(participants={"number": None, "data": []}), "participants.number"),
    "number text": (body(participants={"number": "2", "data": []}), "participants.number"),
    "number fraction": (body(participants={"number": 2.5, "data": []}), "participants.number"),
    "number true": (body(participants={"number": True, "data": []}), "participants.number"),
    "number 1": (body(participants={"number": 1, "data": []}), "participants.number"),
    "number 26": (body(participants={"number": 26, "data": []}), "participants.number"),
    "number huge": (body(participants={"number": 10**30, "data": []}), "participants.number"),
    "data missing": (body(participants={"number": 2}), "participants.data"),
    "data null": (body(participants={"number": 2, "data": None}), "participants.data"),
    "data object": (body(participants={"number": 2, "data": FULL_OF_CANARIES}), "participants.data"),
    "data of 26": (
        body(participants={"number": 25, "data": [person(f"p{n}") for n in range(26)]}),
        "participants.data",
    ),
    "data of ids": (body(participants={"number": 2, "data": [CANARY]}), "participants.data[0]"),
    "data with null": (body(participants={"number": 2, "data": [None]}), "participants.data[0]"),
    "no id": (with_person(userExternalId=MISSING), "participants.data[1]"),
    "both ids": (with_person(userId=CANARY), "participants.data[1]"),
    "id empty": (with_person(userExternalId=""), "participants.data[1].userExternalId"),
    "id null": (with_person(userExternalId=None), "participants.data[1].userExternalId"),
    "id number": (with_person(userExternalId=5), "participants.data[1].userExternalId"),
    "id of 256": (with_person(userExternalId=CANARY * 24), "participants.data[1].userExternalId"),
    "id with a line break": (
        with_person(userExternalId=f"{CANARY}\n"),
        "participants.data[1].userExternalId",
    ),
    "id with a space at its end": (
        with_person(userExternalId=f"{CANARY} "),
        "participants.data[1].userExternalId",
    ),
    "id with an invisible character": (
        with_person(userExternalId=f"{CANARY}\u200bx"),
        "participants.data[1].userExternalId",
    ),
    "name that turns the line around": (
        with_person(fullName=f"\u202e{CANARY}"),
        "participants.data[1].fullName",
    ),
    "name with a line separator": (with_person(fullName=f"{CANARY}\u2028"), "participants.data[1].fullName"),
    "name that is invisible": (with_person(fullName="\u200b\u2060\u3164"), "participants.data[1].fullName"),
    "id of blanks": (with_person(userExternalId=" \u2003"), "participants.data[1].userExternalId"),
    "id over a key's 2048 bytes": (
        with_person(userExternalId="\U0001f600" * 512),
        "participants.data[1].userExternalId",
    ),
    "other id empty": (
        with_person(userExternalId=MISSING, userId=""),
        "participants.data[1].userId",
    ),
    "both groups": (with_person(group="patient"), "participants.data[1]"),
    "groups text": (with_person(groups=CANARY), "participants.data[1].groups"),
    "groups empty": (with_person(groups=[]), "participants.data[1].groups"),
    "groups null": (with_person(groups=None), "participants.data[1].groups"),
    "groups of 26": (with_person(groups=[f"{CANARY}{n}" for n in range(26)]), "participants.data[1].groups"),
    "a group number": (with_person(groups=["patient", 5]), "participants.data[1].groups[1]"),
    "a group empty": (with_person(groups=[""]), "participants.data[1].groups[0]"),
    "a group of blanks": (with_person(groups=["\xa0"]), "participants.data[1].groups[0]"),
    "group list": (with_person(groups=MISSING, group=[CANARY]), "participants.data[1].group"),
    "group empty": (with_person(groups=MISSING, group=""), "participants.data[1].group"),
    "name empty": (with_person(fullName=""), "participants.data[1].fullName"),
    "name null": (with_person(fullName=None), "participants.data[1].fullName"),
    "name of 101": (with_person(fullName=CANARY + "x" * 90), "participants.data[1].fullName"),
    "name with a control character": (with_person(fullName=f"{CANARY}\x00"), "participants.data[1].fullName"),
    "name with a later control character": (
        with_person(fullName=f"{CANARY}\x85"),
        "participants.data[1].fullName",
    ),
    "name of blanks": (with_person(fullName=" \t\u3000"), "participants.data[1].fullName"),
    "name object": (with_person(fullName=FULL_OF_CANARIES), "participants.data[1].fullName"),
    "language number": (with_person(language=5), "participants.data[1].language"),
    "start missing": (body(start_date=MISSING), "start_date"),
    "start null": (body(start_date=None), "start_date"),
    "start text": (body(start_date=CANARY), "start_date"),
    "start number": (body(start_date=1_790_000_000), "start_date"),
    "start without offset": (body(start_date="2026-12-01T15:30:00"), "start_date"),
    "start of a day": (body(start_date="2026-12-01"), "start_date"),
    "start by week": (body(start_date="2026-W49-2T15:30:00Z"), "start_date"),
    "start on no day": (body(start_date="2026-02-30T15:30:00Z"), "start_date"),
    "start at hour 25": (body(start_date="2026-12-01T25:30:00Z"), "start_date"),
    "start with seconds in the offset": (body(start_date="2026-12-01T15:30:00+01:00:30"), "start_date"),
    "start with offset 25": (body(start_date="2026-12-01T15:30:00+25:00"), "start_date"),
    "start in other digits": (body(start_date="٢٠٢٦-12-01T15:30:00Z"), "start_date"),
    "start in year 0": (body(start_date="0000-01-01T00:00:00Z"), "start_date"),
    "start in year 1": (body(start_date="0001-01-01T00:00:00+23:00"), "start_date"),
    "start in what is another year elsewhere": (body(start_date="3000-01-01T00:00:00+23:59"), "start_date"),
    "start in year 9999": (body(start_date="9999-12-31T23:59:59-23:00"), "start_date"),
    "end null": (body(duration_in_seconds=MISSING, end_date=None), "end_date"),
    "end text": (body(duration_in_seconds=MISSING, end_date=CANARY), "end_date"),
    "end without offset": (body(duration_in_seconds=MISSING, end_date="2026-12-01T16:30:00"), "end_date"),
    "end before start": (body(duration_in_seconds=MISSING, end_date="2026-12-01T15:29:00Z"), "end_date"),
    "end at start": (body(duration_in_seconds=MISSING, end_date="2026-12-01T15:30:00Z"), "end_date"),
    "end after 299 s": (body(duration_in_seconds=MISSING, end_date="2026-12-01T15:34:59Z"), "end_date"),
    "end after 24 h": (body(duration_in_seconds=MISSING, end_date="2026-12-02T15:30:01Z"), "end_date"),
    "both ends": (body(end_date="2026-12-01T16:30:00Z"), "end_date"),
    "neither end": (body(duration_in_seconds=MISSING), "end_date"),
    "duration 299": (body(duration_in_seconds=299), "duration_in_seconds"),
    "duration 86401": (body(duration_in_seconds=86_401), "duration_in_seconds"),
    "duration null": (body(duration_in_seconds=None), "duration_in_seconds"),
    "duration text": (body(duration_in_seconds="3600"), "duration_in_seconds"),
    "duration fraction": (body(duration_in_seconds=3600.5), "duration_in_seconds"),
    "duration true": (body(duration_in_seconds=True), "duration_in_seconds"),
    "duration list": (body(duration_in_seconds=[CANARY]), "duration_in_seconds"),
}
ONLY_A_CREATION_REFUSES = {
    name
    for name in WRONG_FIELDS
    if name.endswith(" missing") or name.startswith(("end at", "end after", "end before"))
} | {"neither end"}


class TestWrongFields:
    @pytest.mark.parametrize(("sent", "field"), WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
    def test_each_mistake_in_a_creation_is_one_error_at_its_field(self, sent: Body, field: str) -> None:
        error = only_error(parse_create, sent)

        assert error.field == field
        assert error.message

    @pytest.mark.parametrize("name", sorted(WRONG_FIELDS.keys() - ONLY_A_CREATION_REFUSES))
    def test_each_mistake_in_a_change_is_one_error_at_its_field(self, name: str) -> None:
        sent, field = WRONG_FIELDS[name]

        error = only_error(parse_update, sent)

        # A model as a whole has no field; what belongs to two fields is said of the body.
        assert error.field == ("" if name == "both ends" else field)

    @pytest.mark.parametrize(
        "sent",
        [None, 5, True, [], {}, " ", "\u200b", "x" * 201, f"{CANARY}\n", f"{CANARY}\u202e", f"{CANARY}\x00"],
        ids=ascii,
    )
    def test_a_notice_is_one_visible_line_of_200_characters(self, sent: object) -> None:
        error = only_error(parse_update, {"notice": sent})

        assert error.field == "notice"
        assert CANARY not in error.message

    @pytest.mark.parametrize("parse", [parse_create, parse_update], ids=["create", "update"])
    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"reference": 5}, "reference"),
            ({"reference": "x" * 129}, "reference"),
            ({"reference": f"{CANARY}\n"}, "reference"),
            ({"reference": " "}, "reference"),
            ({"metadata": [CANARY]}, "metadata"),
            ({"metadata": CANARY}, "metadata"),
            ({"metadata": {"": "x"}}, "metadata"),
            ({"metadata": {"x" * 41: "x"}}, "metadata"),
            ({"metadata": {f"{CANARY} with spaces": "x"}}, "metadata"),
            ({"metadata": {"ward": CANARY * 12}}, "metadata"),
            ({"metadata": {"ward": f"{CANARY}\n"}}, "metadata"),
            ({"metadata": {"ward": 5}}, "metadata.ward"),
            ({"metadata": {"ward": {CANARY: "x"}}}, "metadata.ward"),
            ({"metadata": {f"name-{number}": "x" for number in range(21)}}, "metadata"),
        ],
        ids=lambda value: repr(value)[:40],
    )
    def test_the_booking_systems_own_data_is_short_lines(self, parse: Parse, sent: Body, field: str) -> None:
        error = only_error(parse, (body() if parse is parse_create else {}) | sent)

        assert error.field == field
        assert CANARY not in error.message

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            (None, "renewJoinLinks"),
            (CANARY, "renewJoinLinks"),
            ({}, "renewJoinLinks"),
            (True, "renewJoinLinks"),
            ([], "renewJoinLinks"),
            ([f"{CANARY}{n}" for n in range(26)], "renewJoinLinks"),
            ([""], "renewJoinLinks[0]"),
            (["p", 5], "renewJoinLinks[1]"),
            (["p", None], "renewJoinLinks[1]"),
            ([f"{CANARY}\n"], "renewJoinLinks[0]"),
            ([CANARY * 24], "renewJoinLinks[0]"),
        ],
        ids=lambda value: repr(value)[:40],
    )
    def test_links_to_renew_are_a_list_of_ids(self, sent: object, field: str) -> None:
        error = only_error(parse_update, {"renewJoinLinks": sent})

        assert error.field == field

    def test_a_creation_has_no_links_to_renew(self) -> None:
        error = only_error(parse_create, body(renewJoinLinks=["p"]))

        assert error == FieldError("renewJoinLinks", "unknown field")

    def test_null_is_named_as_the_mistake(self) -> None:
        error = only_error(parse_update, {"duration_in_seconds": None})

        assert error == FieldError("duration_in_seconds", "must not be null; leave the field out instead")

    def test_an_unknown_field_is_named_as_the_mistake(self) -> None:
        assert only_error(parse_create, body(recording=True)) == FieldError("recording", "unknown field")

    def test_what_is_wrong_with_a_date_is_named(self) -> None:
        error = only_error(parse_create, body(start_date="2026-12-01T15:30:00"))

        assert error.message == (
            "must be a date and time with an offset, such as 2026-12-01T15:30:00Z; "
            "what was sent has no offset; Z means UTC"
        )

    @pytest.mark.parametrize("sent", [1_796_139_000, True, ["2026-12-01T15:30:00Z"]], ids=repr)
    def test_a_date_that_is_no_text_is_named_as_the_mistake(self, sent: object) -> None:
        assert only_error(parse_create, body(start_date=sent)).message.endswith("what was sent is no text")

    def test_several_mistakes_are_all_named(self) -> None:
        sent = body(
            participants={"number": 2, "data": [person("d", fullName=""), person("p", groups=[])]},
            start_date=CANARY,
        )

        errors = errors_of(parse_create, json.dumps(sent).encode())

        assert [error.field for error in errors] == [
            "participants.data[0].fullName",
            "participants.data[1].groups",
            "start_date",
        ]

    def test_a_flood_of_mistakes_is_cut_short(self) -> None:
        sent = body(**{f"{CANARY}-{n}": 1 for n in range(1000)})

        with pytest.raises(InvalidRequestError) as caught:
            create(sent)

        assert len(caught.value.errors) == MAX_REPORTED_ERRORS


class TestMessages:
    """No sentence of a library reaches a caller."""

    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            ("5", "must be an object"),
            ("{", "must be JSON in UTF-8; it is not at line 1 column 1"),
            (json.dumps(body(participants={"number": "2", "data": []})), "must be a whole number"),
            (json.dumps(body(participants={"number": 2.5, "data": []})), "must be a whole number"),
            (json.dumps(body(participants={"number": 1, "data": []})), "must be at least 2"),
            (json.dumps(body(participants={"number": 26, "data": []})), "must be at most 25"),
            (json.dumps(body(participants={"number": 2, "data": {}})), "must be a list"),
            (json.dumps(body(participants=["d"])), "must have at least 2 entries"),
            (json.dumps(body(participants=["d"] * 26)), "must have at most 25 entries"),
            (json.dumps(body(participants=["d", 5])), "must be a text"),
            (json.dumps(body(surprise=1)), "unknown field"),
            (json.dumps(body(start_date=MISSING)), "is missing"),
        ],
    )
    def test_each_kind_of_mistake_has_a_text_of_ours(self, sent: str, message: str) -> None:
        errors = errors_of(parse_create, sent.encode())

        assert [error.message for error in errors] == [message]

    def test_an_error_type_of_the_validator_is_either_known_or_has_a_general_text(self) -> None:
        for kind in list_all_errors():
            detail = {"type": kind["type"], "loc": (), "msg": CANARY, "ctx": kind["example_context"] or {}}

            assert CANARY not in _message(detail)
            assert _message(detail) not in (kind["example_message_python"], kind["message_template_python"])


class TestNumbersThatAreNone:
    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "2e-999"])
    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            (body(duration_in_seconds=CANARY), "duration_in_seconds"),
            (body(participants={"number": CANARY, "data": []}), "participants.number"),
        ],
    )
    def test_their_field_is_named(self, sent: Body, field: str, number: str) -> None:
        [error] = errors_of(parse_create, json.dumps(sent).replace(f'"{CANARY}"', number).encode())

        assert error.field == field


class TestMembersThatStandTwice:
    @pytest.mark.parametrize(
        ("once", "twice", "field"),
        [
            ('"start_date":', '"start_date": 7, "start_date":', "start_date"),
            ('"participants":', '"participants": [], "participants":', "participants"),
            ('"number": 2', '"number": 2, "number": 2', "participants.number"),
            ('"number": 2', f'"number": {"9" * 4000}, "number": 2', "participants.number"),
            ('"userExternalId": "p"', f'"userExternalId": "{CANARY}", "userExternalId": "p"', None),
            ('"userExternalId": "p"', '"userExternalId": "p", "userExternal\\u0049d": "p"', None),
        ],
    )
    def test_the_field_is_named(self, once: str, twice: str, field: str | None) -> None:
        sent = json.dumps(body()).replace(once, twice)

        errors = errors_of(parse_create, sent.encode())

        field = field or "participants.data[1].userExternalId"
        assert errors == [FieldError(field, "must not be there twice")]

    def test_a_change_is_read_as_strictly(self) -> None:
        sent = b'{"participants": {"data": [], "data": []}, "start_date": "2026-12-01T15:30:00Z"}'

        assert [error.field for error in errors_of(parse_update, sent)] == ["participants.data"]

    def test_the_same_name_in_two_objects_is_no_mistake(self) -> None:
        assert create(body()).participants_number == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from([*body(), "end_date"]), value=json_values)
def test_any_value_anywhere_is_understood_or_refused(name: str, value: object) -> None:
    sent = json.dumps(body(**{name: value})).encode()

    for parse in (parse_create, parse_update):
        # Nothing but InvalidRequestError may come out, and each error has a text made for it.
        assert not any(message == _OTHER_MESSAGE for message in messages_of(parse, sent))


@given(sent=st.binary(max_size=40))
def test_any_bytes_are_understood_or_refused(sent: bytes) -> None:
    for parse in (parse_create, parse_update):
        with pytest.raises(InvalidRequestError):
            parse(sent)
