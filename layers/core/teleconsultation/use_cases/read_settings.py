"""Use case: read the settings of the provider's company."""

from dataclasses import dataclass

from teleconsultation.domain.company import Background, Company
from teleconsultation.domain.ports import VideoCompany


@dataclass(frozen=True, kw_only=True, slots=True)
class CompanySettings:
    """The company, and the virtual backgrounds of which one is its default."""

    company: Company
    backgrounds: tuple[Background, ...]


def read_settings(company: VideoCompany) -> CompanySettings:
    """Return the settings as the provider has them now.

    Raises:
        ProviderError: the provider cannot answer.
    """
    return CompanySettings(company=company.settings(), backgrounds=company.backgrounds())
