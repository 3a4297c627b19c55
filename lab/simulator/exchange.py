"""One request to a simulated provider, from its body to the way its answer goes out.

A call is billed whole once the model sets to work, whether its client waits for the end or not: that is how the
providers do it for unstreamed calls, and the dearer of two readings for streamed ones.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lab.simulator.accounting import Entry, Tokens, cost, host_of
from lab.simulator.chance import Luck
from lab.simulator.content import Ask, Reply, concise, faulty
from lab.simulator.counting import CacheUse, count_prompt, count_text, text_of
from lab.simulator.delivery import Pace, pieces, send_stream, send_whole
from lab.simulator.faults import FAULTS
from lab.simulator.limits import Limiter, Need, Shortage, Standing
from lab.simulator.line import Gone, Line
from lab.simulator.protocols.wire import BadRequest, Said
from lab.simulator.providers import Model, Provider
from lab.simulator.scenarios import Conduct
from lab.simulator.wording import JSON_TYPE, Facts, refuse
from lab.simulator.world import World

USUAL_OUTPUT = 1024
"""What a request without max_tokens counts for until it is answered."""
REFUSAL_S = 0.05
"""How long a refusal takes: it costs the provider no work. (Simulated; nobody publishes it.)"""


@dataclass(frozen=True)
class Job:
    """A request that was understood, with the luck and the conduct it meets."""

    ask: Ask
    model: Model
    luck: Luck
    conduct: Conduct
    fault: str | None
    need: Need
    limiter: Limiter
    key: str = ""


class Refused(Exception):
    """The provider turns the request away for `kind`. `fault`: the one that made it so; `tokens`: billed anyway."""

    def __init__(
        self,
        kind: str,
        facts: Facts,
        standings: Mapping[str, Standing] | None = None,
        *,
        fault: str | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind, self.facts, self.standings = kind, facts, standings or {}
        self.fault, self.tokens = fault, tokens or Tokens()


class Exchange:
    """Serves the requests of one provider."""

    def __init__(self, world: World, provider: Provider) -> None:
        self._world, self._provider, self._wire = world, provider, world.wires[provider.name]

    async def serve(self, path: str, headers: Mapping[str, str], raw: bytes, line: Line) -> None:
        """Answer the request with body `raw` to `path` (after the provider's address) on `line`."""
        try:
            await self._answer(path, headers, raw, line)
        except Gone:
            self._world.books.abandon(self._provider.name)

    async def _answer(self, path: str, headers: Mapping[str, str], raw: bytes, line: Line) -> None:
        job: Job | None = None
        try:
            job = self._understand(path, headers, raw)
            if path.endswith("/count_tokens"):
                told = json.dumps({"input_tokens": job.need.input_tokens}).encode()
                await line.whole(200, told, {"content-type": JSON_TYPE})
                return
            self._admit(job)
            await self._work(path, job, line)
        except Refused as refusal:
            await self._refuse(refusal, line, job.model if job else None, stream=bool(job and job.ask.stream))

    def _understand(self, path: str, headers: Mapping[str, str], raw: bytes) -> Job:
        key = self._wire.key_of(headers)
        plain = Facts(model="", id=hashlib.sha256(raw).hexdigest()[:24], key=key)
        if self._provider.key and key != self._provider.key:
            raise Refused("bad_key", plain)
        try:
            body = json.loads(raw)
            if not isinstance(body, dict):
                raise BadRequest("the body must be a JSON object")
            ask = self._wire.read(path, body)
        except BadRequest as wrong:
            raise Refused("bad_request", replace(plain, detail=str(wrong))) from None
        except ValueError:
            raise Refused("bad_request", replace(plain, detail="We could not parse the JSON body")) from None
        model = self._provider.model(ask.model)
        if model is None:
            raise Refused("no_model", replace(plain, model=ask.model))
        return self._job(ask, model, key)

    def _job(self, ask: Ask, model: Model, key: str) -> Job:
        world, provider = self._world, self._provider
        ask = self._shortened(ask)
        luck = world.chance.luck(provider.name, model.name, ask.identity)
        conduct = world.conduct(provider.name)
        shares = {name: share for name, share in conduct.faults.items() if name != "connect_refused"}
        tokens = count_prompt(ask.messages, ask.extras, provider.characters_per_token)
        need = Need(tokens, ask.max_tokens or USUAL_OUTPUT)
        limiter = world.limiter(provider, model, conduct)
        return Job(ask, model, luck, conduct, luck.fault(shares, FAULTS), need, limiter, key)

    def _shortened(self, ask: Ask) -> Ask:
        """Ollama drops the beginning of what does not fit its context, without a word."""
        if ask.context is None:
            return ask
        room = int((ask.context - 16) * self._provider.characters_per_token)
        kept: list[Mapping[str, Any]] = []
        for message in reversed(ask.messages):
            text = text_of(message.get("content"))
            if room <= 0:
                break
            kept.insert(0, {**message, "content": text[-room:]} if len(text) > room else message)
            room -= len(text)
        return replace(ask, messages=tuple(kept))

    def _facts(self, job: Job, **told: Any) -> Facts:
        return Facts(
            model=job.model.name,
            id=job.luck.token("id"),
            prompt_tokens=job.need.input_tokens,
            max_tokens=job.need.max_output,
            context=job.model.context,
            key=job.key,
            wall_s=self._world.time.wall_clock(),
            **told,
        )

    def _admit(self, job: Job) -> None:
        """Refused where the scenario, the context, the limits or the queue say so."""
        world, now = self._world, self._world.time.now()
        if job.fault is not None and FAULTS[job.fault].stage == "refuse":
            raise self._refusal(job, now)
        if job.need.input_tokens + (job.ask.max_tokens or 0) > job.model.context:
            raise Refused("too_long", self._facts(job))
        short = job.limiter.admit(job.need, now)
        if short is not None:
            wait = None if short.wait_s is None else world.time.real(short.wait_s)
            raise Refused(
                "rate_limited", self._facts(job, retry_after_s=wait, shortage=short), job.limiter.standings(now)
            )
        if world.queues[self._provider.name].is_full:
            raise Refused("overloaded", self._facts(job))

    def _refusal(self, job: Job, now: float) -> Refused:
        """An injected refusal; one for too many requests shows a used-up limit, as a real one would."""
        kind, standings = str(job.fault), job.limiter.standings(now)
        if not kind.startswith("rate_limited"):
            return Refused(kind, self._facts(job), fault=kind)
        wait = job.conduct.retry_after_s
        name = next((name for name in ("tokens", "input_tokens", "requests") if name in standings), None)
        short = None
        if name is not None:
            standings[name] = replace(standings[name], remaining=0, reset_s=wait)
            short = Shortage(standings[name], job.need.of(name), wait)
        if kind == "rate_limited_silently":
            return Refused(kind, self._facts(job, shortage=short), fault=kind)
        facts = self._facts(job, retry_after_s=self._world.time.real(wait), shortage=short)
        return Refused(kind, facts, standings, fault=kind)

    async def _refuse(self, refusal: Refused, line: Line, model: Model | None, *, stream: bool) -> None:
        answer = refuse(self._provider.name, refusal.kind, refusal.facts)
        self._enter(
            model,
            refusal.facts.model,
            refusal.tokens,
            stream=stream,
            fault=refusal.fault,
            refused=refusal.kind,
            status=answer.status,
        )
        await line.pause(REFUSAL_S)
        await line.whole(answer.status, answer.body, {**answer.headers, **self._limit_headers(refusal.standings)})

    def _enter(self, model: Model | None, name: str, tokens: Tokens, part: Decimal = Decimal(1), **told: Any) -> None:
        """Enter a request in the books; `model` None: one that does not exist."""
        billed = cost(self._world.prices, model, tokens, part) if model is not None else Decimal(0)
        now = self._world.time.now()
        self._world.books.add(Entry(self._provider.name, name, now, tokens=tokens, billed_usd=billed, **told))

    def _limit_headers(self, standings: Mapping[str, Standing]) -> dict[str, str]:
        time = self._world.time
        told = {kind: replace(s, reset_s=time.real(s.reset_s)) for kind, s in standings.items()}
        return self._wire.limit_headers(told, time.wall_clock())

    async def _work(self, path: str, job: Job, line: Line) -> None:
        """Let the model answer an admitted request, and give back what it did not use of the limits."""
        used = Tokens()
        queue = self._world.queues[self._provider.name]
        try:
            await line.either(queue.enter())
            try:
                reply, fault = await self._speak(job)
                self._turn_away(job, reply, fault)
                used = self._tokens(job, reply, fault)
                await self._send(path, job, reply, fault, used, line)
            finally:
                queue.leave()
        finally:
            job.limiter.settle(job.need, used.input - used.cached, used.output, self._world.time.now())

    async def _speak(self, job: Job) -> tuple[Reply, str | None]:
        """(what the model says, the fault that it shows or that will strike its delivery)."""
        if job.fault in ("reset", "hang"):
            return Reply(""), job.fault
        honest = await asyncio.to_thread(self._world.speaker.answer, job.ask)
        if honest.tool is None:
            honest = replace(honest, text=concise(honest.text, lambda text: self._count(text) <= self._room(job)))
        if job.fault is None or FAULTS[job.fault].stage != "content":
            return self._cut(job, honest), job.fault
        spoiled = faulty(job.fault, honest, job.ask, job.luck)
        return self._cut(job, spoiled or honest), job.fault if spoiled else None

    def _count(self, text: str) -> int:
        return count_text(text, self._provider.characters_per_token)

    def _room(self, job: Job) -> int:
        """Tokens that the reply may have."""
        return min(job.ask.max_tokens or job.model.max_output, job.model.max_output)

    def _cut(self, job: Job, reply: Reply) -> Reply:
        if self._count(reply.text) <= self._room(job):
            return reply
        kept = int(self._room(job) * self._provider.characters_per_token)
        raw = reply.text.encode("utf-8", "surrogatepass")[:kept]
        return replace(reply, text=raw.decode("utf-8", "ignore"), finish="length")

    def _turn_away(self, job: Job, reply: Reply, fault: str | None) -> None:
        """Faults of content or delivery that this provider shows as an error answer."""
        name, facts = self._provider.name, self._facts(job, detail=reply.text)
        if fault == "refusal" and name == "openrouter":
            raise Refused("refusal", facts, fault=fault)
        if fault == "invalid_json" and name == "groq" and (job.ask.schema or job.ask.json_mode):
            raise Refused("invalid_json", facts, fault=fault, tokens=self._tokens(job, reply, fault))
        if fault == "error_in_reply" and not job.ask.stream and name != "openrouter":
            raise Refused("server_error", facts, fault=fault)

    def _tokens(self, job: Job, reply: Reply, fault: str | None) -> Tokens:
        """What the call used: nothing where the fault means that no work was done."""
        if fault is not None and not FAULTS[fault].billed:
            return Tokens()
        written = max(self._count(reply.text), 1)
        if fault == "truncated" and job.ask.max_tokens:
            written = job.ask.max_tokens
        cached = self._cached(job)
        return Tokens(job.need.input_tokens, written, cached.read, cached.written)

    def _cached(self, job: Job) -> CacheUse:
        cache = self._world.cache(self._provider, job.model)
        if cache is None or self._provider.caching is None:
            return CacheUse()
        prompt = job.ask.marked if self._provider.caching.marked else job.ask.prompt
        return CacheUse() if prompt is None else cache.use(prompt, job.need.input_tokens, self._world.time.now())

    async def _send(self, path: str, job: Job, reply: Reply, fault: str | None, used: Tokens, line: Line) -> None:
        """Enter the call in the books and send the answer at the model's pace."""
        pace = self._pace(job, used)
        host, part = host_of(job.luck) if self._provider.name == "openrouter" else ("", Decimal(1))
        said = self._said(job, reply, used, pace, host, part)
        held_s = pace.first_s + pace.writing_s
        self._enter(job.model, job.model.name, used, part, stream=job.ask.stream, fault=fault, held_s=held_s)
        headers = {**self._limit_headers(job.limiter.standings(self._world.time.now())), **self._id_header(said)}
        if job.ask.stream:
            stream = self._wire.stream(path, job.ask, said, pieces(reply.text))
            await send_stream(line, stream, headers, pace, fault)
            return
        failed = self._wire.error_in_reply(said) if fault == "error_in_reply" else None
        await send_whole(line, failed or self._wire.whole(path, said), headers, pace, fault)

    def _id_header(self, said: Said) -> dict[str, str]:
        name = "request-id" if self._provider.name == "anthropic" else "x-request-id"
        return {} if self._provider.name == "ollama" else {name: f"req_{said.id}"}

    def _pace(self, job: Job, used: Tokens) -> Pace:
        fresh = used.input - used.cached
        first, each = job.model.latency.sample(job.luck.stream("latency"), fresh, job.conduct.slowdown)
        return Pace(first, each * used.output)

    def _said(self, job: Job, reply: Reply, used: Tokens, pace: Pace, host: str, part: Decimal) -> Said:
        time = self._world.time
        return Said(
            reply=reply,
            model=job.model.name,
            id=job.luck.token("id"),
            created=int(time.wall_clock()),
            input_tokens=used.input,
            output_tokens=used.output,
            cached_tokens=used.cached,
            written_tokens=used.written,
            first_token_s=time.real(pace.first_s),
            total_s=time.real(pace.first_s + pace.writing_s),
            cost_usd=cost(self._world.prices, job.model, used, part),
            host=host,
        )
