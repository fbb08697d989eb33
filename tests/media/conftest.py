from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet


@pytest.fixture
def settings_with() -> Callable[..., dict[str, str]]:
    """The least that an environment holds, and more."""
    keys = {"SECRET_KEY": "for tests", "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    least = {"LOCAL_RUN": "1", "DATABASE_URL": "postgresql:///portal", **keys}
    return lambda **more: {**least, **more}
