"""Judges what becomes of a hostile model: refused with a place, held as an incident, or run within its bounds."""

import os
import pickle
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.engine.definitions.operations import deploy
from app.engine.definitions.problems import NotDeployable
from app.engine.expressions import ExpressionError
from app.engine.instances import live, operations
from app.engine.scenarios.store import MemoryStore
from app.kernel.errors import AppError
from tests.engine.diagrams import NOON
from tests.engine.fuzz.kernel_runs import InMemory

SECONDS = 10
MEGABYTES = 512


@dataclass(frozen=True)
class Verdict:
    """What became of a model.

    Attributes:
        kind: `refused` at deployment, `declined` when it was started or moved, else `incident`, `running`,
            `completed` or `failed`.
        codes: of the errors that refuse it.
        unplaced: errors without a place.
    """

    kind: str
    codes: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = field(default=())


def judge(
    files: Mapping[str, bytes] | bytes, data: Mapping[str, Any] | None = None, key: str = "main", store: Any = None
) -> Verdict:
    """Deploy and start a model in a database of its own and see what becomes of it; `main.bpmn` is a file alone."""
    given = {"main.bpmn": files} if isinstance(files, bytes) else files
    live.forget_all()
    with (store or MemoryStore()).session() as session:
        try:
            deploy(session, files=given, resources={}, now=NOON)
        except NotDeployable as error:
            errors = [problem for problem in error.problems if problem.severity == "error"]
            unplaced = [str(problem) for problem in errors if not problem.line and not problem.element_id]
            return Verdict("refused", tuple(sorted({problem.code for problem in errors})), tuple(unplaced))
        try:
            facts = {"business_key": "case:1", "scope_key": "cycle:1", "now": NOON}
            outcome = operations.start(session, process_key=key, data=data or {}, **facts)  # type: ignore[arg-type]
            incidents = outcome.incidents
            for task in outcome.opened[:1]:
                outcome = operations.complete_task(
                    session, instance_id=outcome.instance_id, task_ref=task.task_ref, data={}, now=NOON
                )
                incidents += outcome.incidents
        except AppError as error:
            return Verdict("declined", (type(error).__name__,))
        return Verdict("incident" if incidents else outcome.state.value)


def judge_unchecked(xml: bytes, data: Mapping[str, Any] | None = None) -> Verdict:
    """Build and run a model that no check has looked at: the kernel has bounds of its own."""
    try:
        view = InMemory(xml, data).view()
    except ExpressionError:
        return Verdict("refused")
    return Verdict("incident" if view.held else view.state)


def within_bounds(act: Callable[..., Verdict], *given: Any) -> Verdict:
    """Do something in a copy of this process that is ended when it takes too long or too much memory."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # Other threads of the tests hold nothing that is used here.
        child = os.fork()
    if child == 0:
        os.close(reading)
        _do_and_tell(writing, act, *given)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _child, status = os.waitpid(child, 0)
    assert status == 0, f"it ended with {os.waitstatus_to_exitcode(status)} (-9, -14 and -24 are too long)"
    answer, megabytes = pickle.loads(told)
    assert megabytes < MEGABYTES, f"it needed {megabytes} MB"
    if not isinstance(answer, Verdict):
        raise AssertionError(answer)
    return answer


def _do_and_tell(writing: int, act: Callable[..., Verdict], *given: Any) -> None:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEGABYTES * 1024 * 1024,) * 2)
    # Seconds of the processor: what else the machine does is no fault of the model's. The alarm is for what sleeps.
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + SECONDS,) * 2)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(6 * SECONDS)
    answer: Any = None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        answer = act(*given)
    except BaseException as error:  # noqa: BLE001 - the other process says what it was
        answer = f"{type(error).__name__}: {error}"[:2000]
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    with os.fdopen(writing, "wb") as pipe:
        pickle.dump((answer, used), pipe)
    os._exit(0)


_watching: list[str] | None = None
_FORBIDDEN = ("os.system", "os.exec", "os.spawn", "os.posix_spawn", "subprocess.Popen", "socket.connect", "ctypes.")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching is None:
        return
    if event.startswith(_FORBIDDEN) or (event == "open" and str(arguments[0]).startswith("/etc/passwd")):
        _watching.append(f"{event} {arguments!r}"[:200])


sys.addaudithook(_watch)


@contextmanager
def nothing_is_run() -> Iterator[None]:
    """Fail when a program is started, a connection opened or a secret read inside; and when it takes too long."""
    global _watching
    _watching, began = [], time.process_time()
    try:
        yield
        assert _watching == []
        assert time.process_time() - began < SECONDS
    finally:
        _watching = None
