"""Each form of the original's documents, and each way in which one may be broken."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from migration.documents import (
    MappedUser,
    Person,
    Profile,
    Seat,
    State,
    UnreadableDocumentError,
    read_mapped_user,
    read_person,
    read_visit,
)
from migration.dump import MAX_LINE_BYTES, Dump, UnreadableLine
from migration.errors import MigrationError
from migration.extended_json import UnreadableValueError, created_at_of, instant_of, number_of, object_id_of
from migration.sample import write_sample
from tests.fakes.watch import NOON

PROJECT = Path(__file__).parents[3]
SAMPLE = PROJECT / "samples" / "mia-dump"
ID = "62134f1e5f3d2a001c9b8a77"
START = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)


def _document(**changes: Any) -> dict[str, Any]:
    document = {"_id": {"$oid": ID}, "startDate": {"$date": "2026-12-01T15:30:00Z"}, **changes}
    return {name: value for name, value in document.items() if value is not None}


class TestValues:
    @pytest.mark.parametrize(
        "value",
        [
            {"$date": {"$numberLong": "1796139000000"}},
            {"$date": "2026-12-01T15:30:00Z"},
            {"$date": "2026-12-01T16:30:00.000+01:00"},
            {"$date": 1796139000000},
            {"$date": "1796139000000"},
            "2026-12-01T15:30:00.000Z",
            "2026-12-01T15:30:00",
        ],
    )
    def test_an_instant_has_many_forms(self, value: Any) -> None:
        assert instant_of({"startDate": value}, "startDate") == START

    @pytest.mark.parametrize(
        "value", ["soon", {"$date": {}}, {"$date": True}, {"$date": 10**30}, True, [], {"$oid": ID}, 1.5]
    )
    def test_what_is_no_instant_is_named(self, value: Any) -> None:
        with pytest.raises(UnreadableValueError, match="startDate"):
            instant_of({"startDate": value}, "startDate")

    @pytest.mark.parametrize(
        "value", [2.0, "2", {"$numberInt": "2"}, {"$numberLong": "2"}, {"$numberDouble": "2.0"}]
    )
    def test_a_number_has_many_forms(self, value: Any) -> None:
        assert number_of({"n": value}, "n") == 2

    @pytest.mark.parametrize(
        "value", [True, "two", {"$numberInt": "x"}, {"$oid": ID}, [], {"$numberDouble": "Infinity"}]
    )
    def test_what_is_no_number_is_named(self, value: Any) -> None:
        with pytest.raises(UnreadableValueError, match="n cannot be read"):
            number_of({"n": value}, "n")

    @pytest.mark.parametrize("value", [{"$oid": ID}, ID, ID.upper()])
    def test_an_object_id_has_many_forms(self, value: Any) -> None:
        assert object_id_of({"_id": value}, "_id") == ID

    def test_an_object_id_tells_when_it_was_made(self) -> None:
        assert created_at_of(ID) == datetime(2022, 2, 21, 8, 36, 46, tzinfo=UTC)

    @pytest.mark.parametrize("value", [None, {"$undefined": True}])
    def test_nothing_is_nothing(self, value: Any) -> None:
        document = {"x": value}

        assert (instant_of(document, "x"), number_of(document, "x"), object_id_of(document, "x")) == (
            None,
        ) * 3


class TestVisits:
    def test_a_visit_is_read(self) -> None:
        seat = {
            "userBandyerId": "user_a",
            "accessLinkURL": "https://sandbox.bandyer.com/eu/x",
            "groups": ["doctor"],
            "fullName": "Anna Neri",
            "language": "it_IT",
        }
        visit = read_visit(
            _document(
                __STATE__="TRASH",
                endDate="2026-12-01T16:30:00Z",
                createdAt="2026-11-01T10:00:00Z",
                updatedAt="2026-11-02T10:00:00Z",
                participantsNumber=2,
                participants=[seat],
                bandyerRoomId="room_1",
            )
        )

        assert (visit.id, visit.state, visit.room_id) == (ID, State.TRASH, "room_1")
        assert (visit.start_date, visit.end_date) == (START, START + timedelta(hours=1))
        assert visit.participants_number == 2
        assert visit.seats == (
            Seat(
                provider_user_id="user_a",
                external_id=None,
                profile=Profile(groups=("doctor",), full_name="Anna Neri", language="it-IT"),
                access_link="https://sandbox.bandyer.com/eu/x",
            ),
        )

    def test_the_first_versions_wrote_few_fields(self) -> None:
        visit = read_visit(_document(participants=["user_a", {"bandyerId": "user_b"}]))

        assert (visit.state, visit.end_date, visit.participants_number) == (State.PUBLIC, None, 2)
        assert visit.created_at == visit.updated_at == created_at_of(ID)

    def test_an_end_may_be_a_duration(self) -> None:
        assert read_visit(_document(duration={"$numberInt": "1800"})).end_date == START + timedelta(
            minutes=30
        )

    def test_participants_may_be_nested_and_have_the_callers_ids(self) -> None:
        data = [{"userExternalId": "auth0|a", "group": "doctor"}, {"userId": "auth0|b", "language": None}]

        visit = read_visit(_document(participants={"number": 3, "data": data}))

        assert visit.participants_number == 3
        assert [(seat.external_id, seat.profile.groups) for seat in visit.seats] == [
            ("auth0|a", ("doctor",)),
            ("auth0|b", ()),
        ]

    def test_the_same_person_twice_is_one(self) -> None:
        visit = read_visit(_document(participants=["user_a", "user_b", "user_b"], participantsNumber=3))

        assert (len(visit.seats), visit.participants_number) == (2, 2)

    @pytest.mark.parametrize(
        ("profile", "name"),
        [
            ({"fullName": "Anna\n Neri "}, "Anna Neri"),
            ({"fullName": "A" * 101}, "A" * 100),
            ({"fullName": "\u202eAnna"}, None),
            ({"fullName": "  "}, None),
            ({"fullName": 7}, None),
        ],
    )
    def test_a_name_costs_no_visit(self, profile: dict[str, Any], name: str | None) -> None:
        [seat] = read_visit(_document(participants=[{"bandyerId": "user_a", **profile}])).seats

        assert seat.profile.full_name == name

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"_id": None}, "no _id"),
            ({"_id": "7"}, "_id cannot be read"),
            ({"startDate": None}, "no startDate"),
            ({"startDate": "soon"}, "startDate cannot be read"),
            ({"__STATE__": "LOST"}, "__STATE__ cannot be read"),
            ({"bandyerRoomId": "../admin"}, "bandyerRoomId cannot be read"),
            ({"bandyerRoomId": 5}, "bandyerRoomId cannot be read"),
            ({"participants": 5}, "participants cannot be read"),
            ({"participants": [5]}, "participants cannot be read"),
            ({"participants": [{}]}, "a participant has no id"),
            ({"participants": [{"bandyerId": ".."}]}, "userBandyerId cannot be read"),
            ({"participants": [{"userId": "a\u0000"}]}, "userExternalId cannot be read"),
            ({"duration": 10**15}, "duration cannot be read"),
        ],
    )
    def test_what_cannot_be_imported_has_a_reason(self, changes: dict[str, Any], reason: str) -> None:
        with pytest.raises(UnreadableDocumentError, match=reason):
            read_visit(_document(**changes))


class TestPeople:
    @pytest.mark.parametrize("name", ["receivedUserId", "auth0Id"])
    def test_a_row_of_the_user_map_is_read(self, name: str) -> None:
        user = read_mapped_user(
            {"bandyerId": "user_a", name: "auth0|a", "groups": ["doctor"], "fullName": "Anna"}
        )

        assert user == MappedUser(
            provider_user_id="user_a",
            external_id="auth0|a",
            profile=Profile(groups=("doctor",), full_name="Anna"),
        )

    def test_a_row_that_is_not_in_use_is_none(self) -> None:
        assert read_mapped_user({"bandyerId": "a", "receivedUserId": "b", "__STATE__": "TRASH"}) is None

    @pytest.mark.parametrize(
        "row", [{"bandyerId": "a"}, {"receivedUserId": "b"}, {"bandyerId": "a b", "auth0Id": "c"}]
    )
    def test_half_a_row_has_a_reason(self, row: dict[str, Any]) -> None:
        with pytest.raises(UnreadableDocumentError):
            read_mapped_user(row)

    def test_a_person_of_the_directory_is_read(self) -> None:
        person = read_person({"id": "auth0|a", "fullName": "Anna", "groups": "doctor", "language": "it"})

        assert person == Person(
            external_id="auth0|a", profile=Profile(groups=("doctor",), full_name="Anna", language="it")
        )


class TestDump:
    def _dump(self, folder: Path, *, visits: bytes = b"", users: bytes = b"", ending: str = "jsonl") -> Dump:
        (folder / f"visits.{ending}").write_bytes(visits)
        (folder / "users.jsonl").write_bytes(users)
        return Dump(folder)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b'{"secret": ', "not JSON"),
            (b'{"fullName": "Jos\xe9"}', "not UTF-8"),
            (b"[]", "it is a list"),
            (b"7", "not a document"),
            (b'{"n": NaN}', "not JSON"),
            (b'{"n": ' + b"1" * 5000 + b"}", "not JSON"),
            (b"[" * 100_000, "not JSON"),
        ],
    )
    def test_a_line_that_cannot_be_read_is_named_without_its_content(
        self, tmp_path: Path, line: bytes, reason: str
    ) -> None:
        good = json.dumps(_document()).encode()

        first, second = self._dump(tmp_path, visits=b"\n" + line + b"\n" + good).visits()

        assert isinstance(first, UnreadableLine)
        assert (first.file, first.number) == ("visits.jsonl", 2)
        assert reason in first.reason
        assert "secret" not in str(first)
        assert not isinstance(second, UnreadableLine)

    def test_a_line_without_end_takes_no_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("migration.dump.MAX_LINE_BYTES", 100)
        good = json.dumps(_document()).encode()
        assert len(good) < 100 < MAX_LINE_BYTES

        records = list(self._dump(tmp_path, visits=b"{" + b" " * 1000 + b"}\n" + good + b"\n").visits())

        assert [isinstance(record, UnreadableLine) for record in records] == [True, False]

    def test_an_id_that_came_before_is_named(self, tmp_path: Path) -> None:
        good = json.dumps(_document()).encode()

        _, again = self._dump(tmp_path, visits=good + b"\n" + good, ending="json").visits()

        assert again == UnreadableLine(file="visits.json", number=2, reason="its _id came before")

    def test_a_file_may_begin_with_a_byte_order_mark(self, tmp_path: Path) -> None:
        [visit] = self._dump(tmp_path, visits=b"\xef\xbb\xbf" + json.dumps(_document()).encode()).visits()

        assert not isinstance(visit, UnreadableLine)

    def test_a_folder_without_visits_is_explained(self, tmp_path: Path) -> None:
        with pytest.raises(MigrationError, match=r"has no visits\.jsonl"):
            Dump(tmp_path)

    def test_what_is_no_folder_is_explained(self, tmp_path: Path) -> None:
        with pytest.raises(MigrationError, match="is not a folder"):
            Dump(tmp_path / "nowhere")


class TestSample:
    def test_it_is_what_its_generator_makes(self, tmp_path: Path) -> None:
        write_sample(tmp_path, now=NOON)

        for file in ("visits.jsonl", "users.jsonl", "people.jsonl"):
            assert (tmp_path / file).read_bytes() == (SAMPLE / file).read_bytes()

    def test_it_has_200_visits_and_every_broken_line(self) -> None:
        dump = Dump(SAMPLE)

        visits, users = list(dump.visits()), list(dump.users())

        assert sum(not isinstance(visit, UnreadableLine) for visit in visits) == 200
        assert [str(line) for line in (*visits, *users) if isinstance(line, UnreadableLine)] == [
            "visits.jsonl, line 201: startDate cannot be read",
            "visits.jsonl, line 202: _id cannot be read",
            "visits.jsonl, line 203: it has no startDate",
            "visits.jsonl, line 204: __STATE__ cannot be read",
            "visits.jsonl, line 205: a participant has no id",
            "visits.jsonl, line 206: it is not JSON: one document a line, not a list over several",
            "visits.jsonl, line 207: it is not UTF-8",
            "visits.jsonl, line 208: it is a list: export one document a line"
            " (mongoexport without --jsonArray)",
            "users.jsonl, line 77: it lacks bandyerId or receivedUserId",
            "users.jsonl, line 78: bandyerId cannot be read",
        ]
