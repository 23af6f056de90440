import pytest

from deployment.stack import Outputs

BUCKET = "the-page"


@pytest.fixture
def outputs() -> Outputs:
    return Outputs(
        page_url="https://site.example",
        api_url="https://site.example/api",
        bucket=BUCKET,
        distribution_id="E1",
        frame_origins=("https://one.example", "https://two.example"),
        enters_directly=True,
        clinic={"clinic": {"name": "Clínica São João", "phone": "+39 02 1234 5678"}, "links": {"help": ""}},
        sign_in={"url": "https://portal.example", "clientId": ""},
        table_name="table",
        secret_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:bandyer-AbCdEf",
        dashboard="Dashboard",
        consent={"version": "2026-11", "url": "", "texts": {"pt": "Concordo com a gravação."}},
    )
