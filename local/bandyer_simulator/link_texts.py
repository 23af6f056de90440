"""The texts of the call page in its languages; every language has every text (a test says so)."""

from collections.abc import Mapping

DEFAULT_LANGUAGE = "en"

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Video call",
        "notice": "Simulated provider, for development only",
        "you": "You are",
        "lobby": "You are not in the call yet.",
        "in_call": "You are in the call.",
        "ended": "The call has ended for you.",
        "redirecting": "The call has ended for you. You will be taken on in a moment.",
        "join": "Join the call",
        "end": "End",
        "again": "Enter again",
        "no_script": "This page needs JavaScript.",
        "unknown_title": "This link is not known",
        "unknown": "Check that the whole link was copied, or ask for a new one.",
        "dead_title": "This link no longer works",
        "dead": "The room was closed or the link was withdrawn. Ask for a new one.",
    },
    "it": {
        "title": "Videochiamata",
        "notice": "Fornitore simulato, solo per lo sviluppo",
        "you": "Partecipi come",
        "lobby": "Non sei ancora nella chiamata.",
        "in_call": "Sei nella chiamata.",
        "ended": "Hai lasciato la chiamata.",
        "redirecting": "Hai lasciato la chiamata. Tra un attimo verrai portato altrove.",
        "join": "Entra nella chiamata",
        "end": "Termina",
        "again": "Entra di nuovo",
        "no_script": "Questa pagina richiede JavaScript.",
        "unknown_title": "Questo link non è noto",
        "unknown": "Controlla di aver copiato tutto il link oppure chiedine uno nuovo.",
        "dead_title": "Questo link non funziona più",
        "dead": "La stanza è stata chiusa o il link è stato revocato. Chiedine uno nuovo.",
    },
    "es": {
        "title": "Videollamada",
        "notice": "Proveedor simulado, solo para desarrollo",
        "you": "Participas como",
        "lobby": "Todavía no estás en la llamada.",
        "in_call": "Estás en la llamada.",
        "ended": "Has salido de la llamada.",
        "redirecting": "Has salido de la llamada. En un momento pasarás a otra página.",
        "join": "Entrar en la llamada",
        "end": "Finalizar",
        "again": "Entrar de nuevo",
        "no_script": "Esta página necesita JavaScript.",
        "unknown_title": "Este enlace no se conoce",
        "unknown": "Comprueba que has copiado todo el enlace o pide uno nuevo.",
        "dead_title": "Este enlace ya no funciona",
        "dead": "La sala se cerró o el enlace fue retirado. Pide uno nuevo.",
    },
}
