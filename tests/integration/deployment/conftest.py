from tests.unit.deployment.conftest import session

__all__ = ["session"]
