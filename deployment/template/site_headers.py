"""The headers of the site, read from the policies that CloudFront applies, for the laptop's server too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deployment.template.application import Template
from deployment.template.intrinsics import TemplateError

_KIND: Final = "AWS::CloudFront::ResponseHeadersPolicy"
# Plain http has no upgrade and no HSTS; all other headers are the same as over https.
_HTTPS_ONLY: Final = "; upgrade-insecure-requests"


@dataclass(frozen=True)
class SiteHeaders:
    """The headers of the page, of call-ended.html, which may be framed, and of the built page's assets."""

    page: Mapping[str, str]
    call_ended: Mapping[str, str]
    assets: Mapping[str, str]


def read_site_headers(
    template: Template, *, frame_origin: str, parameters: Mapping[str, str] | None = None
) -> SiteHeaders:
    """Return the template's headers with the call's frame at `frame_origin`, as sent over plain http.

    `parameters` are further ones.

    Raises:
        TemplateError: a policy is missing, or has an unsupported setting.
    """
    given = {"FrameOrigins": frame_origin, **(parameters or {})}

    def read(name: str) -> dict[str, str]:
        properties = template.properties(name, kind=_KIND, parameters=given)
        config = properties["ResponseHeadersPolicyConfig"]
        headers: dict[str, str] = {}
        for setting, value in config["SecurityHeadersConfig"].items():
            headers |= _security_header(setting, value)
        items = config["CustomHeadersConfig"]["Items"]
        return headers | {item["Header"].lower(): item["Value"] for item in items}

    return SiteHeaders(
        page=read("SitePageHeaders"), call_ended=read("CallEndedHeaders"), assets=read("AssetHeaders")
    )


def _security_header(setting: str, value: Mapping[str, Any]) -> dict[str, str]:
    """Return one setting's headers, as CloudFront sends them.

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
