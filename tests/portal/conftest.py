"""What the tests of the pages share: what follows a decision is not asked of Prefect, which is away."""

import pytest


@pytest.fixture(autouse=True)
def nothing_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no thread after a decision: it would look for Prefect again during the tests that come next."""
    monkeypatch.setattr("portal.frame.forward.start_next", lambda ref: None)
