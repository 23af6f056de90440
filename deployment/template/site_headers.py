"""The headers of the site, read from the policies that CloudFront applies: one truth for both servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deployment.template.application import Template
from deployment.template.intrinsics import TemplateError

_KIND: Final = "AWS::CloudFront::ResponseHeadersPolicy"
# On plain http there is nothing to upgrade to, and no HSTS. All else is as strict as over https.
_HTTPS_ONLY: Final = "; upgrade-insecure-requests"


@dataclass(frozen=True)
class SiteHeaders:
    """What the page and its files are sent with, and what the one file is that a frame may show."""

    page: Mapping[str, str]
    call_ended: Mapping[str, str]


def read_site_headers(template: Template, *, frame_origin: str) -> SiteHeaders:
    """Give the template's headers with the call's frame at `frame_origin`, as they are over plain http.

    Raises:
        TemplateError: a policy is missing, or says something that is not understood here.
    """

    def read(name: str) -> dict[str, str]:
        properties = template.properties(name, kind=_KIND, parameters={"FrameOrigins": frame_origin})
        config = properties["ResponseHeadersPolicyConfig"]
        headers: dict[str, str] = {}
        for setting, value in config["SecurityHeadersConfig"].items():
            headers |= _security_header(setting, value)
        items = config["CustomHeadersConfig"]["Items"]
        return headers | {item["Header"].lower(): item["Value"] for item in items}

    return SiteHeaders(page=read("SitePageHeaders"), call_ended=read("CallEndedHeaders"))


def _security_header(setting: str, value: Mapping[str, Any]) -> dict[str, str]:
    """Write one setting as CloudFront does.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
    """
    match setting:
        case "ContentSecurityPolicy":
            return {"content-security-policy": value["ContentSecurityPolicy"].removesuffix(_HTTPS_ONLY)}
        case "ContentTypeOptions":
            return {"x-content-type-options": "nosniff"}
        case "ReferrerPolicy":
            return {"referrer-policy": value["ReferrerPolicy"]}
        case "StrictTransportSecurity":
            return {}
        case _:
            raise TemplateError(f"the local stack does not know the security header {setting}")
