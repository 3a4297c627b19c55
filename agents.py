"""The four agents: who they are (prompts/agents.yaml) and RoutedLLM, CrewAI's way to a model through our router.

Importing this module imports CrewAI (seconds), so the command line does it in a thread while the table is profiled.
CrewAI is told to be silent before that: no telemetry, no tracing question, its kickoff log in a folder that goes.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from analyst.core.scratch import new_scratch

os.environ.update(CREWAI_DISABLE_TELEMETRY="true", CREWAI_TRACING_ENABLED="false")
_MEMORY = Path("/dev/shm")  # noqa: S108 - CrewAI writes a SQLite file at each kickoff: keep it off the disk where we can
_STORAGE = new_scratch("crewai", _MEMORY if os.access(_MEMORY, os.W_OK) else None)
os.environ["CREWAI_STORAGE_DIR"] = _STORAGE.name
atexit.register(_STORAGE.cleanup)
_CREDENTIALS = ("Library/Application Support" if sys.platform == "darwin" else ".local/share") + "/crewai/credentials"
_CREDENTIALS_BYTES = 4096


def settle_home(other: str) -> None:
    """Make `other` the home of this process if its own takes no files: CrewAI keeps credentials there (we have none),
    and can't be imported where it can't."""
    try:
        credentials = Path("~", _CREDENTIALS).expanduser()
        credentials.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=credentials) as file:
            file.write(bytes(_CREDENTIALS_BYTES))
    except (OSError, RuntimeError):
        os.environ["HOME"] = other


settle_home(_STORAGE.name)

from crewai import Agent  # noqa: E402
from crewai.agents.agent_executor import AgentExecutor, AgentExecutorState  # noqa: E402
from crewai.events.types.llm_events import LLMCallType  # noqa: E402
from crewai.llms.base_llm import BaseLLM, llm_call_context  # noqa: E402
from crewai.utilities.agent_utils import get_llm_response  # noqa: E402
from crewai_core.lock_store import set_lock_backend  # noqa: E402
from crewai_core.printer import PRINTER  # noqa: E402
from pydantic import PrivateAttr  # noqa: E402

from analyst.core.agents import AGENTS, EMBEDDED_MODEL, JUDGE  # noqa: E402
from analyst.protocol.blocks import block, quote  # noqa: E402
from analyst.protocol.calls import CallRecord, CallRequest, Listener, Router, TimeLimit  # noqa: E402
from analyst.protocol.prompting import phrase, roles  # noqa: E402
from analyst.protocol.replies import OF_AGENT, reply_schema  # noqa: E402
from analyst.protocol.selection import Selection  # noqa: E402

Messages = list[dict[str, Any]]
MAX_REPLIES_PER_MODEL = 2
"""A model's reply that fails its check goes back once, with the errors; then the next model of the chain is asked."""

_LOCK = threading.RLock()


@contextlib.contextmanager
def _in_process_lock(name: str, *, timeout: float = 120) -> Iterator[None]:
    """CrewAI's own is a file lock polled every 0.25 s; its storage is this process's alone."""
    with _LOCK:
        yield


set_lock_backend(_in_process_lock)


@dataclass
class Conversation:
    """What one agent has said in one analysis: its first messages, its replies, and which models' replies failed.

    A refused reply goes back as the next turn of the same conversation, so that a model sees what it wrote and what
    was wrong with it; `correcting` is all that it is told of its task again (None: the opening). A model whose replies
    failed twice is not asked again; the next one of the chain is. `problems`: what was wrong, by the call's id.
    """

    opening: Messages = field(default_factory=list)
    correcting: str | None = None
    turns: Messages = field(default_factory=list)
    replies: list[CallRecord] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def last(self) -> CallRecord:
        """The reply under check."""
        return self.replies[-1]

    def messages(self) -> Messages:
        """The opening and the newest turn: older refused replies would cost tokens and teach mistakes."""
        return self.opening + self.turns[-2:]

    def correction(self) -> Messages:
        """What the model that wrote the last reply is sent to correct it; none where that is no less than all."""
        if self.correcting is None or self.first in (None, EMBEDDED_MODEL):
            return []
        return [*self.opening[:-1], {"role": "user", "content": self.correcting}, *self.turns[-2:]]

    def answer(self, text: str) -> None:
        """Answer the last reply with `text`: it is sent after it on the next call."""
        said = {"role": "assistant", "content": self.last.text}
        self.turns += [said, {"role": "user", "content": text}]

    @property
    def spent(self) -> tuple[str, ...]:
        """The models that are not asked again: their replies failed the check for good, or cost money and gave none."""
        refused = [model for model, times in self.refused.items() if times >= MAX_REPLIES_PER_MODEL]
        billed = [attempt.model for reply in self.replies for attempt in reply.route.attempts if attempt.billed]
        return tuple(dict.fromkeys((*refused, *billed)))

    @property
    def first(self) -> str | None:
        """The model that goes on with what it said, unless it is spent."""
        return self.last.model_used if self.replies and self.last.model_used not in self.spent else None


class RoutedLLM(BaseLLM):  # type: ignore[misc]
    """One agent's line to its models in one analysis: every call goes through the router.

    `request` is what all its calls have in common; each adds its messages and where the conversation stands.
    """

    llm_type: str = "routed"
    _router: Router = PrivateAttr()
    _request: CallRequest = PrivateAttr()
    _talk: Conversation = PrivateAttr(default_factory=Conversation)

    def __init__(self, router: Router, request: CallRequest) -> None:
        super().__init__(model="routed", provider="openai", temperature=request.temperature)
        self._router, self._request = router, request

    @property
    def among(self) -> tuple[str, ...] | None:
        """The models that alone are asked; None: the whole chain."""
        return self._request.among

    @property
    def talk(self) -> Conversation:
        """What was said so far."""
        return self._talk

    def refuse(self, problems: Sequence[str]) -> None:
        """The last reply failed our check: record it, and send exactly these problems with the next call."""
        last = self._talk.last
        self._router.reject(last, problems, self._request.on_event)
        self._talk.problems[last.request_id] = tuple(problems)
        self._talk.refused[last.model_used] = self._talk.refused.get(last.model_used, 0) + 1
        self._talk.answer(f"{phrase('retry')}\n{block('errors', quote(list(problems), references=True))}")

    def supports_function_calling(self) -> bool:
        """BaseLLM has no such method, and without it tools become text to parse."""
        return True

    def supports_stop_words(self) -> bool:
        """Never cut a report at a line that looks like a stop word."""
        return False

    def get_context_window_size(self) -> int:
        """Far above our prompts: the default of 4096 would start summarising calls."""
        return 100_000

    def get_input_tokens_count(self, messages: Any, tools: Any = None, response_model: Any = None) -> int:
        """A rough count, for CrewAI's own checks only."""
        return len(json.dumps(messages, default=str)) // 3

    async def acall(self, *args: Any, **given: Any) -> Any:
        """CrewAI's asynchronous door to the same call."""
        return await asyncio.to_thread(self.call, *args, **given)

    def call(
        self,
        messages: Any,
        tools: Any = None,
        callbacks: Any = None,
        available_functions: Any = None,
        from_task: Any = None,
        from_agent: Any = None,
        response_model: Any = None,
    ) -> str:
        """Ask the chain; the first call opens the conversation, later ones go on with it."""
        if not self._talk.opening:
            self._talk.opening = self._format_messages(messages)
        sent = self._talk.messages()
        with llm_call_context():
            about = {"from_task": from_task, "from_agent": from_agent}
            self._emit_call_started_event(messages=sent, tools=tools, **about)
            try:
                reply = self._ask(sent)
            except Exception as error:
                self._emit_call_failed_event(error=str(error), **about)
                raise
            usage = {"prompt_tokens": reply.input_tokens, "completion_tokens": reply.output_tokens}
            self._track_token_usage_internal(usage)
            self._emit_call_completed_event(
                response=reply.text, call_type=LLMCallType.LLM_CALL, messages=sent, usage=usage, **about
            )
        return reply.text

    def _ask(self, messages: Messages) -> CallRecord:
        talk = self._talk
        request = replace(
            self._request, messages=messages, first=talk.first, skip=talk.spent, correction=talk.correction()
        )
        reply = self._router.route_with_fallback(request)
        self._talk.replies.append(reply)
        return reply


class DirectExecutor(AgentExecutor):  # type: ignore[misc]
    """One model call instead of CrewAI's flow of a dozen methods, for agents without tools (100 ms less a run).

    The messages are the agent's role and its task's own text: CrewAI's appeals around it cost tokens and say nothing.
    """

    initial_state: Any = AgentExecutorState

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Set the messages up and call the model once."""
        self.state.messages[:] = self._opening()
        said = get_llm_response(
            llm=self.llm,
            messages=list(self.state.messages),
            callbacks=self.callbacks,
            printer=PRINTER,
            from_task=self.task,
            from_agent=self.agent,
            response_model=self.response_model,
            executor_context=self,
            verbose=False,
        )
        return {"output": said}

    def _opening(self) -> Messages:
        agent, task = self.agent, self.task
        system = f"You are {agent.role}. {agent.backstory} {agent.goal}"
        context = [str(done.output.raw) for done in task.context or [] if done.output is not None]
        user = "\n".join([task.description.strip(), *context])
        return [{"role": "system", "content": system}, {"role": "user", "content": user}]

    async def invoke_async(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The same on a thread, for tasks that run side by side."""
        return await asyncio.to_thread(self.invoke, inputs)


@dataclass(frozen=True)
class Line:
    """What the agents of one analysis share: the router, the time that is left, the run that their calls belong to, and
    who hears of its events."""

    router: Router
    deadline: TimeLimit
    run_id: str
    on_event: Listener | None = None


def build_agents(line: Line, selection: Selection | None = None) -> dict[str, Agent]:
    """The four agents of one analysis, by name, each with a conversation of its own; a `selection` of menus is planned
    by rules."""
    agents = {name: _build(name, line) for name in AGENTS}
    return agents if selection is None else agents | {"query_interpreter": build_last_planner(line)}


def build_planners(line: Line) -> list[Agent]:
    """For each different model in reach a Query Interpreter that asks no other one, in the chain's order."""
    agent = "query_interpreter"
    return [_build(agent, line, among=models) for models in line.router.voices(agent)]


def build_judges(line: Line) -> list[Agent]:
    """The judges of plans whose results differ: one that asks models which write no plans, then one that asks others.

    Rules can't judge, so the embedded analyst is not asked.
    """
    writers = {model for models in line.router.voices("query_interpreter") for model in models}
    known = [model for model in line.router.candidates(JUDGE) if model != EMBEDDED_MODEL]
    groups = ([m for m in known if m not in writers], [m for m in known if m in writers])
    return [_build(JUDGE, line, among=tuple(models)) for models in groups if models]


def build_last_planner(line: Line) -> Agent:
    """The embedded analyst as Query Interpreter, for when every model has been asked and none gave a plan, or none need
    be asked."""
    return _build("query_interpreter", line, among=(EMBEDDED_MODEL,))


def _build(name: str, line: Line, *, among: tuple[str, ...] | None = None) -> Agent:
    role = roles()[name]
    request = CallRequest(
        name,
        (),
        role.max_tokens,
        temperature=role.temperature,
        schema=reply_schema(OF_AGENT[name]),
        run_id=line.run_id,
        deadline=line.deadline,
        among=among,
        on_event=line.on_event,
    )
    return Agent(
        role=role.role,
        goal=role.goal,
        backstory=role.backstory,
        llm=RoutedLLM(line.router, request),
        executor_class=DirectExecutor,
        max_retry_limit=0,
        allow_delegation=False,
        verbose=False,
    )
