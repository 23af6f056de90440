"""The list through the API: by day, in pages, for managers."""

from urllib.parse import parse_qsl, urlsplit

from tests.integration.api.client import (
    MANAGER,
    PATIENT,
    Answer,
    ApiClient,
    Table,
    dates,
    instant,
    person,
    visit,
)


def listed(api: ApiClient, **query: str) -> Answer:
    return api.request("GET", "/teleconsultation", token=api.token(MANAGER, manage=True), query=query)


def test_a_list_leads_through_its_days_by_link_and_names_nobody(api: ApiClient) -> None:
    # From here the visits lie on three days of UTC.
    days = [
        api.create(visit(**dates(start_in_seconds=day * 86_400)) | {"reference": f"A-{day}"})
        for day in (3, 1, 2)
    ]
    assert api.delete(days[0]).status == 204
    query = {"from": instant(in_seconds=0), "to": instant(in_seconds=4 * 86_400), "limit": "2"}

    first = listed(api, **query)
    address = urlsplit(first.headers["link"].partition(">")[0].removeprefix("<"))
    second = listed(api, **dict(parse_qsl(address.query)))

    assert address.path == "/api/teleconsultation"
    assert [item["roomId"] for item in (*first.body["items"], *second.body["items"])] == [
        days[1],
        days[2],
        days[0],
    ]
    assert [item["state"] for item in second.body["items"]] == ["DELETED"]
    assert second.body["nextCursor"] is None
    assert "link" not in second.headers
    assert all(name not in str(first.body) for name in ("House", "Verdi", PATIENT))
    by_reference = listed(api, **(query | {"reference": "A-2"}))
    assert [item["reference"] for item in by_reference.body["items"]] == ["A-2"]


def test_a_moved_visit_is_listed_on_its_new_day_only(api: ApiClient) -> None:
    visit_id = api.create()
    old = {"from": instant(in_seconds=0), "to": instant(in_seconds=2 * 86_400)}
    new = {"from": instant(in_seconds=4 * 86_400), "to": instant(in_seconds=6 * 86_400)}

    assert api.patch(visit_id, dates(start_in_seconds=5 * 86_400)).status == 204

    assert listed(api, **old).body["items"] == []
    assert [item["roomId"] for item in listed(api, **new).body["items"]] == [visit_id]


def test_a_wrong_parameter_is_named(api: ApiClient) -> None:
    answer = listed(api, **{"from": "2030-12-01", "outcome": "missed"})

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert sorted(answer.fields) == ["from", "outcome"]


def test_the_visits_of_a_person_and_of_an_outcome_are_found_page_by_page(
    api: ApiClient, table: Table
) -> None:
    doctor = person("doctor-1", group="doctor", name="Gregory House")
    whoever = person("auth0|Zoë Weiß", group="patient", name="Zoë Weiß")
    theirs = [
        api.create(visit(people=[doctor, whoever], **dates(start_in_seconds=day * 86_400))) for day in (1, 2)
    ]
    api.create()
    missed = table.teleconsultation(theirs[1])
    table.put(missed | {"outcome": {"S": "no_show"}})
    query = {
        "from": instant(in_seconds=0),
        "to": instant(in_seconds=4 * 86_400),
        "participant": "auth0|Zoë Weiß",
        "limit": "1",
    }

    first = listed(api, **query)
    address = urlsplit(first.headers["link"].partition(">")[0].removeprefix("<"))
    second = listed(api, **dict(parse_qsl(address.query)))
    no_shows = listed(api, **(query | {"outcome": "no_show"}))
    other = listed(api, **(query | {"participant": "doctor-1", "cursor": first.body["nextCursor"]}))

    assert [item["roomId"] for item in (*first.body["items"], *second.body["items"])] == theirs
    assert [item["roomId"] for item in no_shows.body["items"]] == [theirs[1]]
    assert (other.status, other.fields) == (400, ["cursor"])
    assert "Zoë" not in str(first.body)
