"""What is known of each provider's key: whether it is there, and whether its vendor takes it. Never the key itself.

A key is checked once, however many roles use it, in the background and with a limit. What comes of it is kept in memory and
pushed to the open pages. Without a key nothing goes to the network.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from bench.turn.failure import facts_of
from providers import keys, registry
from providers.base import Provider
from providers.errors import KeyMissing, KeyRejected, NetworkFailed, ProviderError, StageTimedOut

_log = logging.getLogger(__name__)
CHECK_S = 5.0
"""How long one check may take."""

State: TypeAlias = Literal["missing", "present", "checking", "accepted", "rejected", "unreachable"]
"""`present`: there is one, and nobody has asked its vendor, or the vendor's answer told nothing of the key."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key."""

    key: str
    """The variable that providers name as theirs."""
    variable: str
    """The one that holds it, which may be another name of the same, or is to be set."""
    providers: tuple[str, ...]
    """Titles of the providers that use it."""
    state: State
    optional: bool = False
    """Each of these providers can be used without it."""
    problem: ProviderError | None = None
    """What the check met, or None."""

    def view(self) -> dict[str, Any]:
        """The `KeyState` shape of docs/page-protocol.md."""
        problem = self.problem
        return {
            "key": self.key, "variable": self.variable, "providers": list(self.providers), "state": self.state,
            "optional": self.optional, "problem": None if problem is None else
            {"code": problem.code, "message": problem.public_message, "facts": facts_of(problem)},
        }  # fmt: skip


class KeyStates:
    """The keys of all providers. `run` lives as long as the server."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called after each change."""
        self._changed = changed
        self._again = asyncio.Event()
        self._users: dict[str, list[type[Provider]]] = {}
        self._states: dict[str, KeyState] = {}

    def views(self) -> list[dict[str, Any]]:
        """The `KeyState` shapes, by variable."""
        return [state.view() for state in self._states.values()]

    def states(self) -> tuple[KeyState, ...]:
        """All of them, by variable."""
        return tuple(self._states.values())

    def check_again(self) -> None:
        """Check all keys once more, after the check that is under way."""
        self._again.set()

    async def run(self) -> None:
        """Check all keys now, and again whenever that is asked for; until cancelled."""
        while True:
            self._again.clear()
            await self.check()
            await self._again.wait()

    async def look(self) -> None:
        """See which keys are there; nothing goes to the network."""
        self._users = await asyncio.to_thread(_users)
        for variable, users in self._users.items():
            self._set(_present(variable, users))

    async def check(self) -> None:
        """Ask each vendor whose key is there, all at the same time; returns when all have answered or their time is up."""
        await self.look()
        async with asyncio.TaskGroup() as group:
            for variable, users in self._users.items():
                state = _present(variable, users)
                checker = next((cls for cls in users if _can_check(cls)), None)
                if state.state != "missing" and checker is not None:
                    self._set(replace(state, state="checking"))
                    group.create_task(self._check(state, checker))

    async def _check(self, state: KeyState, checker: type[Provider]) -> None:
        """An adapter's fault is its own: it is logged, and the key counts as not checked."""
        (outcome,) = await asyncio.gather(_ask(checker), return_exceptions=True)
        match outcome:
            case None:
                self._set(replace(state, state="accepted"))
            case KeyMissing():
                self._set(replace(state, state="missing", problem=outcome))
            case KeyRejected():
                self._set(replace(state, state="rejected", problem=outcome))
            case NetworkFailed() | StageTimedOut():
                self._set(replace(state, state="unreachable", problem=outcome))
            case ProviderError():
                self._set(replace(state, problem=outcome))
            case Exception():
                _log.error("the key in %s could not be checked", state.variable, exc_info=outcome)
                self._set(state)
            case _:
                raise outcome

    def _set(self, state: KeyState) -> None:
        if self._states.get(state.key) != state:
            self._states[state.key] = state
            self._changed()


async def _ask(checker: type[Provider]) -> None:
    """Raises what the vendor's answer means; returns when it takes the key."""
    provider = checker(checker.Options())
    try:
        async with asyncio.timeout(CHECK_S):
            await provider.check_key()
    except TimeoutError:
        raise StageTimedOut(checker.title, _STAGE.get(checker.role, "llm"), seconds=f"{CHECK_S:g}") from None
    finally:
        await provider.close()


_STAGE: dict[str, Any] = {"vad": "vad", "stt": "stt", "transcriber": "stt", "chat": "llm", "tts": "tts", "live": "live"}


def _users() -> dict[str, list[type[Provider]]]:
    """Variable → the providers that read it, by variable."""
    found: dict[str, list[type[Provider]]] = {}
    for classes in registry.catalogue().values():
        for cls in classes.values():
            if cls.key_variable:
                found.setdefault(cls.key_variable, []).append(cls)
    return dict(sorted(found.items()))


def _present(variable: str, users: list[type[Provider]]) -> KeyState:
    titles = tuple(dict.fromkeys(cls.title for cls in users))
    name = keys.set_as(variable)
    optional = not name and all(cls.missing() is None for cls in users)
    return KeyState(variable, name or variable, titles, "present" if name else "missing", optional)


def _can_check(cls: type[Provider]) -> bool:
    """It knows how to ask, and nothing else is missing."""
    return cls.check_key is not Provider.check_key and cls.missing() is None
