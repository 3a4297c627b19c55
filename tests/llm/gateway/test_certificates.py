"""The gateway trusts what the system trusts."""

from __future__ import annotations

import ssl
from pathlib import Path
from types import SimpleNamespace

import pytest

from analyst.llm.gateway.certificates import certificates


@pytest.fixture(autouse=True)
def no_default_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None))


def test_a_given_file_comes_first_then_the_systems_then_none(tmp_path: Path) -> None:
    (tmp_path / "bundle.crt").write_text("")
    bundles = [str(tmp_path / "missing.crt"), str(tmp_path / "bundle.crt")]
    assert certificates({"SSL_CERT_FILE": "/mine.pem"}, bundles) == {"SSL_CERT_FILE": "/mine.pem"}
    assert certificates({}, bundles) == {"SSL_CERT_FILE": bundles[1]}
    assert certificates({}, bundles[:1]) == {}
