"""Plays a scenario from the first step to the last, and says what did not come as expected."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatchmethod

from app.engine.definitions.problems import Problem
from app.engine.events.correlation import correlation_text
from app.engine.instances import operations as instances
from app.engine.instances.models import Incident, Instance, InstanceState
from app.engine.scenarios import model
from app.engine.scenarios.compare import Failure, compare, compare_decision, compare_refusal
from app.engine.scenarios.decide import decide
from app.engine.scenarios.deployed import Deployed, put_in_force
from app.engine.scenarios.facts import Facts, Place, gather, open_incidents, standing
from app.engine.scenarios.facts import instances as all_instances
from app.engine.scenarios.store import Store
from app.engine.scenarios.stubs import Stubs
from app.engine.scenarios.world import StepFailed, World
from app.engine.scenarios.yaml_text import NotAScenario
from app.kernel.errors import AppError

_STARTERS = (model.Message, model.Signal, model.Advance)


@dataclass(frozen=True)
class Result:
    """How a scenario went.

    Attributes:
        facts: at its end; None where it was not played to an end.
        failures: what did not come as expected, or could not be done.
        problems: why it could not be played at all.
        refused: its files were refused, as the scenario says.
        crash: the trace, where the program itself failed.
    """

    file: str
    line: int
    name: str
    facts: Facts | None
    failures: tuple[Failure, ...] = ()
    problems: tuple[Problem, ...] = ()
    crash: str = ""
    refused: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all holds."""
        return not (self.failures or self.problems or self.crash)


def play(scenario: model.Scenario, store: Store, *, warm: bool = False) -> Result:
    """Play a scenario in a store of its own.

    Every step is stored and, unless it is kept `warm`, read again before the next.
    """
    with store.session() as session:
        world = World(session, Stubs(scenario.services), warm=warm)
        if scenario.start is not None:
            world.now, world.time_zone = scenario.start.at or world.now, scenario.start.time_zone
        try:
            deployed = put_in_force(session, scenario, now=world.now, time_zone=world.time_zone)
            world.save()
        except NotAScenario as refused:
            return _refused(scenario, refused.problems)
        if scenario.refused is not None:
            return _refused(scenario, ())
        return _Play(scenario, world, deployed).run()


def _refused(scenario: model.Scenario, problems: tuple[Problem, ...]) -> Result:
    about = (scenario.file, scenario.line, scenario.name, None)
    if scenario.refused is None:
        return Result(*about, problems=problems)
    return Result(*about, failures=tuple(compare_refusal(scenario.refused, problems)), refused=problems)


class _Play:
    """One scenario being played."""

    def __init__(self, scenario: model.Scenario, world: World, deployed: Deployed) -> None:
        self.scenario = scenario
        self.world = world
        self.deployed = deployed
        self.failures: list[Failure] = []

    def run(self) -> Result:
        """Play all steps; after one that could not be done the rest is left out."""
        steps = [(number, step) for number, step in enumerate(self.scenario.steps, start=1)]
        beginning = self._beginning()
        if beginning is not None:
            steps.insert(0, (0, beginning))
        for number, step in steps:
            if not self._try(number, step):
                break
        facts = self._facts()
        return Result(self.scenario.file, self.scenario.line, self.scenario.name, facts, tuple(self.failures))

    def _beginning(self) -> model.Start | None:
        """Return how the first instance is started; None where the scenario's own steps do that."""
        scenario = self.scenario
        start = scenario.start
        if scenario.unstarted or not self.deployed.process:
            return start
        if start is not None and (start.data or start.element):
            return start
        first = next((step for step in scenario.steps if not isinstance(step, model.Expect)), None)
        if isinstance(first, model.Start):
            return start
        if isinstance(first, _STARTERS) and not self.deployed.starts_plainly:
            return None  # What the process begins with comes in that step.
        return start or model.Start(line=scenario.line)

    def _try(self, number: int, step: model.Step) -> bool:
        known = len(self.world.trace)
        try:
            self._do(step)
            self.world.save()
        except (StepFailed, AppError) as error:
            self.world.take_back()
            del self.world.trace[known:]
            self._note(
                Failure(
                    what=_name_of(step),
                    message=str(error),
                    expected=getattr(error, "expected", None),
                    got=getattr(error, "got", None),
                    line=step.line,
                ),
                number,
            )
            return False
        if isinstance(step, model.Expect):
            for failure in compare(step, self._facts(step.instance)):
                self._note(failure, number)
        return True

    def _note(self, failure: Failure, number: int) -> None:
        self.failures.append(replace(failure, step=number, where=str(standing(self.world.session))))

    def _facts(self, instance: str = "") -> Facts:
        session = self.world.session
        about = self._instance(instance) if instance else None
        return gather(session, self.world.trace, self.deployed.called, self.world.now, about)

    @singledispatchmethod
    def _do(self, step: model.Step) -> None:
        raise TypeError(type(step).__name__)

    @_do.register
    def _(self, step: model.Expect) -> None:
        if step.instance:
            self._instance(step.instance)

    @_do.register
    def _(self, step: model.Start) -> None:
        world = self.world
        if step.at is not None and not all_instances(world.session):
            world.now = step.at
        elif step.at is not None:
            world.advance("", step.at)
        world.time_zone = step.time_zone
        world.start(step, step.process or self.deployed.process)

    @_do.register
    def _(self, step: model.Complete) -> None:
        world = self.world
        place = self._chosen(step.task, standing(world.session).open, "open")
        outcome = instances.complete_task(
            world.session, instance_id=place.instance_id, task_ref=place.task_ref, data=step.data, now=world.now
        )
        world.carry_out([outcome])

    @_do.register
    def _(self, step: model.Advance) -> None:
        self.world.advance(step.by, step.to)

    @_do.register
    def _(self, step: model.Message) -> None:
        given = step.correlation
        text = correlation_text(given) if isinstance(given, Mapping) else given
        self.world.deliver(step.name, text, dict(step.data))

    @_do.register
    def _(self, step: model.Signal) -> None:
        self.world.broadcast(step.name)

    @_do.register
    def _(self, step: model.Service) -> None:
        place = self._chosen(step.call, standing(self.world.session).calls, "waiting for a result")
        self.world.answer(place.instance_id, place.task_ref, step.answer)

    @_do.register
    def _(self, step: model.Decide) -> None:
        result = decide(self.world.session, step, self.world.now, self.world.time_zone)
        for failure in compare_decision(step, result):
            self._note(failure, self.scenario.steps.index(step) + 1)

    @_do.register
    def _(self, step: model.Retry) -> None:
        world = self.world
        incident = self._incident(step.element)
        world.carry_out([instances.retry_incident(world.session, incident_id=incident.id, now=world.now)])

    @_do.register
    def _(self, step: model.GiveUp) -> None:
        world = self.world
        incident = self._incident(step.element)
        world.carry_out([instances.give_up(world.session, incident_id=incident.id, now=world.now)])

    @_do.register
    def _(self, step: model.Cancel) -> None:
        world = self.world
        row = self._instance(step.instance or "1")
        world.carry_out([instances.cancel(world.session, instance_id=row.id, now=world.now)])

    def _chosen(self, wanted: model.Selector, places: tuple[Place, ...], word: str) -> Place:
        among = [place for place in places if wanted.element in (place.element_id, place.operation)]
        if wanted.instance:
            row = self._instance(wanted.instance)
            among = [place for place in among if place.instance_id == row.id]
        index = wanted.index
        if index is None and among:
            return among[0]
        if index is not None:
            index += self.scenario.counts_from_zero
            same = [place for place in among if place.index == index]
            same = same or among[index - 1 : index]
            if same:
                return same[0]
        name = wanted.element if wanted.index is None else f"{wanted.element} ({wanted.index})"
        raise StepFailed(f"«{name}» is not {word}.", wanted.element, [place.element_id for place in places])

    def _instance(self, named: str) -> Instance:
        rows = all_instances(self.world.session)
        if named.isdigit():
            found = rows[int(named) - 1 : int(named)]
        else:
            # The one that still runs is meant rather than one that has ended.
            same = [row for row in rows if row.process_key == named]
            found = [row for row in same if row.state == InstanceState.RUNNING] or same
        if not found:
            raise StepFailed(f"There is no instance «{named}».", named, [row.process_key for row in rows])
        return found[0]

    def _incident(self, element: str) -> Incident:
        incidents = open_incidents(self.world.session)
        for incident in incidents:
            if incident.element_id == element:
                return incident
        raise StepFailed(f"«{element}» has no incident.", element, [incident.element_id for incident in incidents])


def _name_of(step: model.Step) -> str:
    return {"GiveUp": "give_up", "Decide": "decision"}.get(type(step).__name__, type(step).__name__.lower())
