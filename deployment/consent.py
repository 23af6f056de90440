"""What people agree to before a call: the parameters ConsentVersion, ConsentTexts and ConsentUrl."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from deployment.errors import DeploymentError

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


def check_consent(parameters: Mapping[str, str]) -> None:
    """Refuse what the page could not show: after the deployment, its functions would ask for a consent to
    nothing.

    Raises:
        DeploymentError: a parameter is none, or what people agree to is missing.
    """
    texts = check_texts(read_json(parameters["ConsentTexts"]))
    if parameters["ConsentVersion"] and not texts and not parameters["ConsentUrl"]:
        raise DeploymentError("ConsentVersion needs what people agree to: set ConsentTexts or ConsentUrl.")


def read_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON in which ConsentTexts stands, alone or in the stack's output.

    Raises:
        DeploymentError: it is none.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise DeploymentError(f"ConsentTexts is not JSON: {error}.") from error


def check_texts(texts: Any) -> Mapping[str, str]:  # noqa: ANN401 - JSON
    """Return the texts by language. The page shows the one of its reader's language, or else the first.

    Raises:
        DeploymentError: they are none.
    """
    if not isinstance(texts, dict) or not all(
        _LANGUAGE.fullmatch(language) and isinstance(text, str) and text.strip()
        for language, text in texts.items()
    ):
        raise DeploymentError(
            "ConsentTexts must be a JSON object of languages, in two or three lower-case letters, and texts: "
            '{"en": "I agree ...", "it": "Acconsento ..."}.'
        )
    return texts
