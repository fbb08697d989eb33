import pytest


@pytest.fixture(autouse=True)
def _own_data(request: pytest.FixtureRequest) -> None:
    """Every test here begins with an empty database: in a savepoint, unless it asks for real commits."""
    if "real_database" not in request.fixturenames:
        request.getfixturevalue("db")
