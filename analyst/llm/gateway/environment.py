"""What the gateway's process gets of the environment: providers' keys, proxies and certificates, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from analyst.llm.gateway.certificates import certificates

PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy"),
)
"""All that the gateway gets of our environment: LiteLLM would act on DATABASE_URL, REDIS_HOST, PORT and many more."""
QUIET = {
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_DONT_SHOW_FEEDBACK_BOX": "true",
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
}
"""No .env of its own choosing, nothing fetched from the internet at start, no pages beside the API."""


def gateway_environment(providers: Mapping[str, str], key: str, root: Path) -> dict[str, str]:
    """The environment of a gateway with the master key `key` and the variables of its `providers`; it imports the
    embedded analyst from `root`."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    exempt = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    no_proxy = ",".join(filter(None, [exempt, "localhost", "127.0.0.1", "::1"]))
    return {
        **kept,
        **certificates(os.environ),
        **providers,
        "LITELLM_MASTER_KEY": key,
        "PYTHONPATH": str(root),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        **QUIET,
    }
