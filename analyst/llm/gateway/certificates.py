"""The authorities that the gateway trusts: the system's, as pip and curl do, so that a company's own is known too."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)
"""Where systems keep all of them in one file; OpenSSL's own default may be a folder, which LiteLLM does not take."""


def certificates(environment: Mapping[str, str], bundles: Iterable[str] = BUNDLES) -> dict[str, str]:
    """SSL_CERT_FILE for the gateway: as given, else the system's bundle; nothing where there is none (LiteLLM then
    trusts certifi's)."""
    given = environment.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    found = given or next((bundle for bundle in bundles if Path(bundle).is_file()), None)
    return {"SSL_CERT_FILE": found} if found else {}
