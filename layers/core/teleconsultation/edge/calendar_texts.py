"""The texts of a calendar entry in the page's languages.

Calendars are shown to others. No text says that somebody sees a doctor, and none holds a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarTexts:
    """The texts of one language."""

    summary: str
    enter: str
    """Stands in a parameter too, where `:`, `;`, `,` and quotes are not allowed."""
    keep: str
    """For a link that lets in whoever has it."""
    stays: str


TEXTS: Mapping[str, CalendarTexts] = MappingProxyType(
    {
        "en": CalendarTexts(
            summary="Video call",
            enter="Enter the video call",
            keep="This link is yours alone: give it to nobody.",
            stays="The link stays the same if the time changes.",
        ),
        "es": CalendarTexts(
            summary="Videollamada",
            enter="Entrar en la videollamada",
            keep="Este enlace es solo tuyo: no se lo des a nadie.",
            stays="El enlace sigue siendo el mismo si cambia la hora.",
        ),
        "it": CalendarTexts(
            summary="Videochiamata",
            enter="Entra nella videochiamata",
            keep="Questo link è solo tuo: non darlo a nessuno.",
            stays="Il link resta lo stesso se cambia l'orario.",
        ),
        "de": CalendarTexts(
            summary="Videogespräch",
            enter="Zum Videogespräch",
            keep="Dieser Link gehört nur Ihnen: Geben Sie ihn niemandem weiter.",
            stays="Der Link bleibt gleich, wenn sich die Zeit ändert.",
        ),
        "fr": CalendarTexts(
            summary="Appel vidéo",
            enter="Rejoindre l'appel vidéo",
            keep="Ce lien n'est que pour vous : ne le donnez à personne.",
            stays="Le lien reste le même si l'heure change.",
        ),
        "pt": CalendarTexts(
            summary="Videochamada",
            enter="Entrar na videochamada",
            keep="Esta ligação é só sua: não a dê a ninguém.",
            stays="A ligação continua a mesma se a hora mudar.",
        ),
        "ar": CalendarTexts(
            summary="مكالمة فيديو",
            enter="الدخول إلى مكالمة الفيديو",
            keep="هذا الرابط لك وحدك: لا تعطه لأحد.",
            stays="يبقى الرابط كما هو إذا تغيّر الموعد.",
        ),
    }
)
