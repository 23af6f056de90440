"""The use cases on the fakes: the product without its edges."""

from collections.abc import Callable
from datetime import datetime, timedelta

from teleconsultation.domain.call import Attendance, ProviderEvent, RoomMade, RoomTakenAway
from teleconsultation.domain.consent import Consent
from teleconsultation.domain.erasure import RequestedErasure, keyed_erasure_id
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.schedule import Schedule
from teleconsultation.edge.invitations import invitations
from teleconsultation.use_cases.admission import Caller
from teleconsultation.use_cases.attendance import read_attendance
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.check_room import check_room
from teleconsultation.use_cases.consent import give_consent
from teleconsultation.use_cases.create import NewTeleconsultation, create_teleconsultation
from teleconsultation.use_cases.delete import delete_teleconsultation
from teleconsultation.use_cases.delete_uploads import UploadsDeletion, delete_uploads
from teleconsultation.use_cases.erase import Erasure, erase_person
from teleconsultation.use_cases.guests import Invitee
from teleconsultation.use_cases.idempotency import IdempotencyKey
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.presence import note_presence
from teleconsultation.use_cases.read import CallData, read_teleconsultation
from teleconsultation.use_cases.receive import Receipt, receive_event
from teleconsultation.use_cases.reconcile import Reconciliation, reconcile_rooms
from teleconsultation.use_cases.request_erasure import request_erasure
from teleconsultation.use_cases.run_erasures import ErasureRuns, run_erasures
from teleconsultation.use_cases.update import Changes, update_teleconsultation
from tests.fakes import samples
from tests.fakes.calls import InMemoryCalls
from tests.fakes.consents import InMemoryConsents
from tests.fakes.effects import Effects
from tests.fakes.erasures import InMemoryErasures
from tests.fakes.teleconsultations import InMemoryTeleconsultations
from tests.fakes.video_company import InMemoryVideoCompany
from tests.fakes.video_rooms import InMemoryVideoRooms
from tests.fakes.watch import Watch

RETENTION = timedelta(days=30)
OVERRUN = timedelta(hours=1)
UPLOADS_KEPT = timedelta(hours=1)

CLIENT = "0123456789abcdef"
"""The hash of the booking system's client."""


class Service:
    """One deployment in memory, its two ports sharing one record of effects."""

    background_groups = frozenset({"premium"})

    def __init__(self, *, policy: Policy | None = None) -> None:
        self.clock = Watch()
        self.effects = Effects()
        self.teleconsultations = InMemoryTeleconsultations(
            clock=self.clock, retention=RETENTION, effects=self.effects
        )
        self.rooms = InMemoryVideoRooms(clock=self.clock, effects=self.effects, page_size=2)
        self.company = InMemoryVideoCompany(clock=self.clock, effects=self.effects)
        self.calls = InMemoryCalls(clock=self.clock, effects=self.effects)
        self.consents = InMemoryConsents(effects=self.effects)
        self.erasures = InMemoryErasures(clock=self.clock, effects=self.effects)
        self.ports = Ports(
            teleconsultations=self.teleconsultations, calls=self.calls, rooms=self.rooms, clock=self.clock
        )
        self.join_secrets: JoinSecrets | None = JoinSecrets(lambda: "a key")
        """None switches join links off."""
        self.policy = policy or samples.policy()
        self.uploads_kept: timedelta | None = None
        """None keeps the files of calls."""

    def create(
        self,
        invitees: tuple[Invitee, ...] = (samples.doctor(), samples.patient()),
        *,
        number: int | None = None,
        schedule: Schedule | None = None,
        booking: BookingChanges | None = None,
        idempotency_key: IdempotencyKey | None = None,
    ) -> Teleconsultation:
        """Create one, by default for a doctor and a patient, complete."""
        return create_teleconsultation(
            NewTeleconsultation(
                participants_number=number or len(invitees),
                invitees=invitees,
                schedule=schedule or samples.schedule(),
                booking=booking or BookingChanges(),
            ),
            by=CLIENT,
            idempotency_key=idempotency_key,
            ports=self.ports,
            join_secrets=self.join_secrets,
            policy=self.policy,
        )

    def update(
        self,
        teleconsultation_id: str,
        *,
        number: int | None = None,
        invitees: tuple[Invitee, ...] | None = None,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        duration_seconds: int | None = None,
        renew_join_links: tuple[str, ...] = (),
        notice: str | None = None,
        booking: BookingChanges | None = None,
        new_room: bool = False,
        joining: Invitee | None = None,
        leaving: str | None = None,
        if_match: str | None = None,
    ) -> Teleconsultation:
        """Change one."""
        return update_teleconsultation(
            teleconsultation_id,
            by=CLIENT,
            changes=Changes(
                participants_number=number,
                invitees=invitees,
                start_date=start_date,
                end_date=end_date,
                duration_seconds=duration_seconds,
                renew_join_links=renew_join_links,
                notice=notice,
                booking=booking or BookingChanges(),
                new_room=new_room,
                joining=joining,
                leaving=leaving,
            ),
            preconditions=Preconditions.from_headers(if_match=if_match, if_none_match=None),
            ports=self.ports,
            join_secrets=self.join_secrets,
            policy=self.policy,
        )

    def delete(self, teleconsultation_id: str, *, if_match: str | None = None) -> Teleconsultation:
        """Delete one."""
        return delete_teleconsultation(
            teleconsultation_id,
            by=CLIENT,
            preconditions=Preconditions.from_headers(if_match=if_match, if_none_match=None),
            ports=self.ports,
        )

    def delete_uploads(
        self, teleconsultation_id: str, *, user_id: str | None = "doctor-1", is_manager: bool = False
    ) -> UploadsDeletion | None:
        """Delete the files of its calls, as the doctor's page does."""
        return delete_uploads(
            teleconsultation_id,
            caller=Caller(user_id=user_id, is_manager=is_manager),
            join_links=self.join_secrets is not None,
            is_on=self.uploads_kept is not None,
            ports=self.ports,
        )

    def reconcile(
        self,
        *,
        remaining_seconds: Callable[[], float] = lambda: 300.0,
        max_deletions: int | None = None,
        checks_until: datetime | None = None,
    ) -> Reconciliation:
        """Run the reconciler once."""
        return reconcile_rooms(
            ports=self.ports,
            policy=self.policy,
            retention=RETENTION,
            overrun=OVERRUN,
            uploads_kept=self.uploads_kept,
            remaining_seconds=remaining_seconds,
            max_deletions=max_deletions,
            checks_until=checks_until,
        )

    def check_room(self, teleconsultation_id: str, *, user_id: str = "patient-1") -> bool:
        """Ask for another room, as the patient's page does."""
        return check_room(
            teleconsultation_id,
            caller=Caller(user_id=user_id),
            join_links=self.join_secrets is not None,
            ports=self.ports,
            policy=self.policy,
        )

    def erase(
        self,
        external_id: str = "patient-1",
        *,
        resume_from: str | None = None,
        remaining_seconds: Callable[[], float] = lambda: 900.0,
        announce: Callable[[str], None] = lambda _: None,
    ) -> Erasure:
        """Erase somebody, the patient."""
        return erase_person(
            external_id,
            resume_from=resume_from,
            ports=self.ports,
            consents=self.consents,
            door=self.policy.door,
            remaining_seconds=remaining_seconds,
            announce=announce,
        )

    def erasure_id(self, external_id: str) -> str:
        """Return the id of somebody's erasure."""
        return keyed_erasure_id(external_id, key="a key")

    def request_erasure(self, external_id: str = "patient-1") -> RequestedErasure:
        """Request somebody's erasure, the patient's."""
        return request_erasure(
            external_id,
            erasure_id=self.erasure_id(external_id),
            erasures=self.erasures,
            clock=self.clock,
        )

    def run_erasures(self, *, remaining_seconds: Callable[[], float] = lambda: 900.0) -> ErasureRuns:
        """Carry out the requested erasures, as the schedule does."""
        return run_erasures(
            erasures=self.erasures,
            ports=self.ports,
            consents=self.consents,
            door=self.policy.door,
            remaining_seconds=remaining_seconds,
        )

    def wait(self, teleconsultation_id: str, *, user_id: str = "patient-1", is_manager: bool = False) -> None:
        """Say that somebody waits, as their page does."""
        note_presence(
            teleconsultation_id,
            caller=Caller(user_id=user_id, is_manager=is_manager),
            join_links=self.join_secrets is not None,
            teleconsultations=self.teleconsultations,
            door=self.policy.door,
            clock=self.clock,
        )

    def agree(
        self,
        teleconsultation_id: str,
        *,
        user_id: str = "patient-1",
        is_manager: bool = False,
        version: str = "1",
        asked_version: str = "1",
    ) -> Consent:
        """Agree to the clinic's text, as the patient."""
        return give_consent(
            teleconsultation_id,
            version=version,
            asked_version=asked_version,
            caller=Caller(user_id=user_id, is_manager=is_manager),
            join_links=self.join_secrets is not None,
            teleconsultations=self.teleconsultations,
            consents=self.consents,
            retention=RETENTION,
            clock=self.clock,
        )

    def receive(self, event: ProviderEvent | RoomMade | RoomTakenAway) -> Receipt:
        """Take in an event of the provider."""
        return receive_event(event, ports=self.ports, retention=RETENTION)

    def attendance(self, teleconsultation_id: str) -> Attendance:
        """Read who took part in one."""
        _, attendance, _ = read_attendance(
            teleconsultation_id,
            teleconsultations=self.teleconsultations,
            calls=self.calls,
            consents=self.consents,
            door=self.policy.door,
            clock=self.clock,
        )
        return attendance

    def read(
        self,
        teleconsultation_id: str,
        *,
        user_id: str | None = "patient-1",
        is_manager: bool = False,
        language: str | None = None,
        background: bool | None = None,
    ) -> CallData:
        """Read one, as the patient."""
        caller = Caller(user_id=user_id, is_manager=is_manager)
        return self._read(teleconsultation_id, caller=caller, language=language, background=background)

    def join(self, teleconsultation_id: str, secret: str) -> CallData:
        """Read one, by a join link."""
        return self._read(teleconsultation_id, caller=Caller(join_secret=secret))

    def secrets(self, teleconsultation_id: str) -> dict[str, str]:
        """Return the join secrets that the booking system would be told now, by external id."""
        body = invitations(
            self.stored(teleconsultation_id),
            page_base_url="https://visits.example",
            join_secrets=self.join_secrets,
        )
        return {
            person["userExternalId"]: person["joinUrl"].partition("#j=")[2]
            for person in body.get("participants", ())
        }

    def _read(
        self,
        teleconsultation_id: str,
        *,
        caller: Caller,
        language: str | None = None,
        background: bool | None = None,
    ) -> CallData:
        return read_teleconsultation(
            teleconsultation_id,
            caller=caller,
            language=language,
            background=background,
            background_groups=self.background_groups,
            join_links=self.join_secrets is not None,
            teleconsultations=self.teleconsultations,
            door=self.policy.door,
            clock=self.clock,
        )

    def stored(self, teleconsultation_id: str) -> Teleconsultation:
        """Return what the table holds."""
        return self.teleconsultations.get(teleconsultation_id)
