"""Shared fixtures. The Prefect harness starts once per session, and only when a flow test asks for it."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden texts instead of comparing")
