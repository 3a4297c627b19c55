"""Who is simulated: each provider's models, speed, limits, addresses and keys. Data only, every figure with its source.

All of it is simulated: the figures are published ones (by the providers, or measured by others), none was measured
here, and where nothing is published for a model the nearest one's are used and said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.simulator.timing import Latency

GROQ_DOCS = "console.groq.com/docs/models and /docs/rate-limits (2026)"
WREDE = "jonathanwrede.de, hourly probes over OpenRouter (2026)"


@dataclass(frozen=True)
class Limits:
    """What an account may do, per minute (requests also per day); None: not limited in that way."""

    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_minute: int | None = None
    input_tokens_per_minute: int | None = None
    output_tokens_per_minute: int | None = None


@dataclass(frozen=True)
class Caching:
    """How a provider caches prompts: from `minimum` tokens on, in `step`s, for `keep_s` seconds since the last use.

    `marked`: only up to where the request says so (cache_control); `writes_cost`: tokens written are billed apart.
    """

    minimum: int
    step: int
    keep_s: float
    marked: bool = False
    writes_cost: bool = False


@dataclass(frozen=True)
class Model:
    """One model: its name at the provider, in analyst/budget/prices.json, its context and largest output in tokens."""

    name: str
    priced_as: str
    context: int
    max_output: int
    latency: Latency


@dataclass(frozen=True)
class Provider:
    """One simulated provider. `style` is its protocol; `address` its place on its own port; `slots` how many requests
    it works on at once (0: as many as come) and `queue` how many may wait."""

    name: str
    style: str
    address: str
    models: tuple[Model, ...]
    paid: Limits
    free: Limits
    caching: Caching | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    characters_per_token: float = 4.0
    slots: int = 0
    queue: int = 0
    cloud: bool = True

    def model(self, name: str) -> Model | None:
        """The model called `name` here, if there is one."""
        return next((model for model in self.models if model.name == name), None)


def _cloud(name: str, key: str) -> Mapping[str, str]:
    return {f"{name.upper()}_API_BASE": "{url}", f"{name.upper()}_API_KEY": key}


GROQ_KEY, OPENROUTER_KEY = "gsk_simulated-groq-key", "sk-or-v1-simulated-openrouter-key"
ANTHROPIC_KEY, OPENAI_KEY = "sk-ant-api03-simulated-anthropic-key", "sk-proj-simulated-openai-key"

GROQ = Provider(
    name="groq",
    style="chat",
    address="/openai/v1",
    key=GROQ_KEY,
    variables=_cloud("groq", GROQ_KEY),
    models=(
        Model("openai/gpt-oss-20b", "groq-gpt-oss-20b", 131_072, 65_536, Latency(0.2, 1000, f"{GROQ_DOCS}: 1000 T/s")),
        Model("openai/gpt-oss-120b", "groq-gpt-oss-120b", 131_072, 65_536, Latency(0.2, 500, f"{GROQ_DOCS}: 500 T/s")),
    ),
    # console.groq.com/docs: the developer plan's 1K RPM and 250K TPM; the free plan's 30 RPM, 1K RPD, 8K TPM. What the
    # developer plan allows a day is not on those pages: it is set out of the way, for its header's sake.
    paid=Limits(requests_per_minute=1000, requests_per_day=500_000, tokens_per_minute=250_000),
    free=Limits(requests_per_minute=30, requests_per_day=1000, tokens_per_minute=8000),
    # console.groq.com/docs/prompt-caching: automatic, half price, kept 2 hours, cached tokens don't count as limits.
    caching=Caching(minimum=128, step=128, keep_s=7200),
)
OPENROUTER = Provider(
    name="openrouter",
    style="chat",
    address="/api/v1",
    key=OPENROUTER_KEY,
    variables=_cloud("openrouter", OPENROUTER_KEY),
    models=(
        Model(
            "openai/gpt-oss-120b",
            "openrouter-gpt-oss-120b",
            131_072,
            65_536,
            Latency(1.5, 485, f"first token: {WREDE}; tokens: Artificial Analysis, the fifth fastest host", spread=0.6),
        ),
    ),
    # openrouter.ai/docs/api/reference/limits: no limits of its own for paid models, 20 RPM for free ones.
    paid=Limits(),
    free=Limits(requests_per_minute=20),
)
ANTHROPIC = Provider(
    name="anthropic",
    style="messages",
    address="",
    key=ANTHROPIC_KEY,
    variables=_cloud("anthropic", ANTHROPIC_KEY),
    models=(
        Model(
            "claude-haiku-5-5",
            "claude-haiku-5-5",
            1_000_000,
            128_000,
            Latency(0.6, 105, "of Haiku 4.5: kunalganglani.com, 597 ms; lmspeed.net, 97-112 T/s (2026)"),
        ),
        Model(
            "claude-sonnet-5-5",
            "claude-sonnet-5-5",
            1_000_000,
            128_000,
            Latency(1.8, 63, "of Sonnet 4.5: Artificial Analysis, 1.80 s and 63 T/s (2025)"),
        ),
    ),
    # platform.claude.com/docs/en/api/rate-limits, October 2026: the Start tier; the lowest tier of 2025 as `free`.
    paid=Limits(requests_per_minute=1000, input_tokens_per_minute=500_000, output_tokens_per_minute=100_000),
    free=Limits(requests_per_minute=50, input_tokens_per_minute=30_000, output_tokens_per_minute=8000),
    # LiteLLM's map: prompt_cache_min_tokens 512; five minutes, and only where the request is marked.
    caching=Caching(minimum=512, step=1, keep_s=300, marked=True, writes_cost=True),
    characters_per_token=3.5,
)
OPENAI = Provider(
    name="openai",
    style="chat",
    address="/v1",
    key=OPENAI_KEY,
    variables=_cloud("openai", OPENAI_KEY),
    models=(Model("gpt-6-luna", "openai-gpt-6-luna", 922_000, 128_000, Latency(0.9, 45, f"of GPT-5.4: {WREDE}")),),
    # rate-limits.apis.io (2026): tier 1 of the GPT-5.4 class has 1,000 RPM and 500K TPM; the free tier 3 RPM.
    paid=Limits(requests_per_minute=1000, tokens_per_minute=500_000),
    free=Limits(requests_per_minute=3, tokens_per_minute=40_000),
    # OpenAI's guide: automatic from 1,024 tokens in steps of 128; since gpt-5.6 writes are billed, kept 30 minutes.
    caching=Caching(minimum=1024, step=128, keep_s=1800, writes_cost=True),
)
OLLAMA = Provider(
    name="ollama",
    style="ollama",
    address="",
    variables={"OLLAMA_BASE_URL": "{url}"},
    models=(
        Model(
            "llama3.1",
            "ollama-llama3.1",
            131_072,
            8192,
            Latency(0.1, 36, "llama.cpp discussion 4167: 7B Q4_0, M1 Pro (266 and 36 T/s)", prefill_per_s=266),
        ),
    ),
    paid=Limits(),
    free=Limits(),
    # Ollama's FAQ: OLLAMA_NUM_PARALLEL 1, OLLAMA_MAX_QUEUE 512.
    slots=1,
    queue=512,
    cloud=False,
)
PROVIDERS: Mapping[str, Provider] = {p.name: p for p in (OLLAMA, GROQ, OPENROUTER, ANTHROPIC, OPENAI)}
"""Every simulated provider by name, in the order of their ports."""
