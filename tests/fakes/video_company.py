"""The port of the provider's company in memory."""

from dataclasses import replace

from teleconsultation.domain.company import Background, Company
from teleconsultation.domain.errors import BackgroundLimitError, FieldError, InvalidRequestError
from teleconsultation.domain.ports import Clock
from tests.fakes.effects import Effects

MAX_BACKGROUNDS = 10
OWN = Background(alias="own", url=None, created_at=None)
COMPANY = Company(
    name="Clinic",
    default_language="it",
    default_background=OWN,
    end_call_redirect_url="https://visits.example/call-ended.html",
    end_call_redirect_timeout_milliseconds=0,
    user_details_provider_url=None,
)


class InMemoryVideoCompany:
    """As `ports.VideoCompany`; the contract suite holds it to what the real one does."""

    def __init__(self, *, clock: Clock, effects: Effects | None = None) -> None:
        self.effects = effects or Effects()
        self._clock = clock
        self.company = COMPANY
        self.uploaded: list[Background] = []
        """Newest first."""

    def settings(self) -> Company:
        self.effects.read("settings")
        return self.company

    def backgrounds(self) -> tuple[Background, ...]:
        self.effects.read("backgrounds")
        own = () if self.company.default_background in self.uploaded else (OWN,)
        return (*self.uploaded, *own)

    def choose_background(self, alias: str) -> Company:
        with self.effects.of("choose_background"):
            known = [background for background in (*self.uploaded, OWN) if background.alias == alias]
            if not known:
                raise InvalidRequestError([FieldError("background_alias", "is not known")])
            self.company = replace(self.company, default_background=known[0])
        return self.company

    def add_background(self, image: bytes) -> Background:
        with self.effects.of("add_background"):
            if not image:
                raise InvalidRequestError([FieldError("virtual_background", "is no image")])
            if len(self.uploaded) >= MAX_BACKGROUNDS:
                raise BackgroundLimitError("no background can be added")
            alias = f"background-{len(self.uploaded)}"
            background = Background(
                alias=alias, url=f"https://provider.test/{alias}.jpeg", created_at=self._clock()
            )
            self.uploaded.insert(0, background)
        return background
