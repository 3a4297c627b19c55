"""The way to other machines: proxies, and the authorities that are trusted.

These are the system's, as pip and curl trust them, so that a company's own is known too.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from analyst.core.errors import SettingsError

GIVEN = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name a file of certificates, the first one first."""
NETWORK = (
    *GIVEN,
    *("SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
)
"""The variables of our environment that say how others are reached."""
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
    given = next((environment[name] for name in GIVEN if environment.get(name)), None)
    given = given or ssl.get_default_verify_paths().cafile
    found = given or next((bundle for bundle in bundles if Path(bundle).is_file()), None)
    return {"SSL_CERT_FILE": found} if found else {}


def trusted() -> ssl.SSLContext:
    """What this process trusts: the same as the gateway. SettingsError for a file that holds no certificates."""
    return _trusting(certificates(os.environ).get("SSL_CERT_FILE"))


def network(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of the NETWORK variables that are set."""
    return {name: environment[name] for name in NETWORK if environment.get(name)}


def version_of_certificates() -> tuple[str, int, int] | None:
    """Changes with the file of certificates: its path, time and size."""
    file = certificates(os.environ).get("SSL_CERT_FILE")
    try:
        told = Path(file).stat() if file else None
    except OSError:
        return None
    return (str(file), told.st_mtime_ns, told.st_size) if told else None


@cache
def _trusting(file: str | None) -> ssl.SSLContext:
    import httpx

    try:
        return ssl.create_default_context(cafile=file) if file else httpx.create_ssl_context(trust_env=False)
    except OSError as error:
        raise SettingsError(
            f"The certificates in {file!r} can't be read: {error}.",
            f"Correct {' or '.join(GIVEN)}, or unset it to use the system's.",
        ) from None
