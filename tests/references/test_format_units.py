"""Stub."""


def test_stub() -> None:
    assert 1 + 1 == 2
