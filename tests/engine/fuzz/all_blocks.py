"""Writes random models with everything that only our engine carries out as BPMN says."""

from collections.abc import Callable
from random import Random
from typing import ClassVar

from tests.engine.diagrams import END, START, a_diagram, boundary, message, on_message, script, user_task
from tests.engine.fuzz.blocks import Place, Writer


class FullWriter(Writer):
    """Writes blocks of every kind. Variables `v1` to `v4` are there from the beginning; people and scripts set them."""

    kinds: ClassVar[tuple[str, ...]] = (
        *("seq", "seq", "seq", "choice", "fork", "some", "inside", "call", "each", "wait", "beside", "loop"),
        *("watched", "undoing", "bargain", "ad_hoc", "escalating", "failing", "signalled", "conditional", "race"),
        *("split", "link", "two_of_three", "repeated", "both", "several", "failing", "escalating"),
    )

    def any_variable(self) -> str:
        return f"v{self.random.randint(1, 4)}"

    def write_script(self, entry: str, at: Place) -> str:
        name, changed = self.name("script"), self.any_variable()
        return self.element(entry, script(name, f"{{{changed}: modulo({changed} + 1, 4)}}"), name)

    def write_user(self, entry: str, at: Place) -> str:
        name = self.name("user")
        return self.element(entry, user_task(name), name)

    def decide(self, entry: str, at: Place, bound: int) -> tuple[str, str]:
        return self.any_variable(), self.block(entry, Place(0))

    def write_fork(self, entry: str, at: Place) -> str:
        split, join = self.gateway("parallel"), self.gateway("parallel")
        self.lines.append(f"\n{entry} -> {split}\n")
        self.branches(split, join, [""] * self.random.randint(2, 3), at.inside())
        return join

    def write_some(self, entry: str, at: Place) -> str:
        split, join, name = self.gateway("inclusive"), self.gateway("inclusive"), self.any_variable()
        self.lines.append(f"\n{entry} -> {split}\n")
        self.branches(split, join, [f" : {name} > 0", f" : {name} > 1", " : else"], at.inside())
        return join

    def event(self, at: Place) -> str:
        kind = self.random.choice(("timer", "message", "signal", "condition"))
        if kind == "message":
            name = self.name("word")
            self.before.append(message(name))
            return on_message(name)
        if kind == "signal":
            return '<signalEventDefinition signalRef="alarm_signal"/>'
        if kind == "condition":
            return self.condition()
        return (
            f"<timerEventDefinition><timeDuration>PT{self.random.randint(1, 9000)}M</timeDuration>"
            f"</timerEventDefinition>"
        )

    def condition(self) -> str:
        text = f"{self.any_variable()} = {self.random.randrange(4)}"
        return f"<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>"

    def flag(self) -> str:
        return str(self.random.random() < 0.5).lower()

    def scope(self, at: Place, extra: str = "", endings: tuple[tuple[str, str], ...] = ()) -> str:
        """Write a subprocess with something more inside, and return its id; it is not connected yet."""
        name = self.name("scope")
        body = self.contained(name, at.inside(), "", endings)
        self.lines.append(f"{body.removesuffix('</subProcess>')}{extra}</subProcess>")
        return name

    def caught(self, entry: str, host: str, event: str, at: Place, *, interrupts: bool = True) -> str:
        """Write a boundary event; its branch comes together with the host's way on, or ends by itself."""
        name, out = self.name("event"), self.gateway("exclusive")
        self.lines += [f"\n{entry} -> {host}\n", boundary(name, host, event, interrupts)]
        last = self.block(name, Place(0))
        if interrupts:
            self.lines.append(f"\n{last} -> {out}\n")
        else:
            end = self.name("end")
            self.lines.append(f'<endEvent id="{end}"/>\n{last} -> {end}\n')
        self.lines.append(f"\n{host} -> {out}\n")
        return out

    def write_watched(self, entry: str, at: Place) -> str:
        """Write a subprocess with one or two event subprocesses."""
        extra = "".join(self.event_subprocess(at) for _number in range(self.random.randint(1, 2)))
        return self.element(entry, "", self.scope(at, extra))

    def event_subprocess(self, at: Place) -> str:
        name = self.name("on")
        definition = self.random.choice(
            (self.event, self.event, lambda _at: '<errorEventDefinition errorRef="broken"/>')
        )(at)
        interrupts = "true" if "error" in definition else self.flag()
        outer, self.lines = self.lines, []
        last = self.block(f"{name}_start", Place(min(at.depth - 1, 1)))
        inside, self.lines = "".join(self.lines), outer
        return (
            f'<subProcess id="{name}" triggeredByEvent="true"><startEvent id="{name}_start" '
            f'isInterrupting="{interrupts}">{definition}</startEvent><endEvent id="{name}_end"/>{inside}'
            f"\n{last} -> {name}_end\n</subProcess>"
        )

    def undoable(self, entry: str, at: Place) -> str:
        """Write a task that can be undone."""
        name, event, undo = self.name("does"), self.name("undo_event"), self.name("undo")
        changed = self.any_variable()
        work = self.random.choice((user_task(name), script(name, f"{{{changed}: 1}}")))
        back = self.random.choice((user_task(undo), script(undo, f"{{{changed}: 0}}")))
        back = back.replace(f'id="{undo}"', f'id="{undo}" isForCompensation="true"', 1)
        self.lines += [
            boundary(event, name, "<compensateEventDefinition/>"),
            back,
            f'<association id="{self.name("ties")}" sourceRef="{event}" '
            f'targetRef="{undo}" associationDirection="One"/>',
        ]
        return self.element(entry, work, name)

    def write_undoing(self, entry: str, at: Place) -> str:
        """Write tasks, some in a subprocess, and an event that undoes them."""
        first, sub = self.undoable(entry, at), self.name("scope")
        outer, self.lines = self.lines, []
        last = self.undoable(self.undoable(f"{sub}_begun", at), at)
        inside = (
            f'<startEvent id="{sub}_begun"/><endEvent id="{sub}_done"/>{"".join(self.lines)}\n{last} -> {sub}_done\n'
        )
        self.lines = outer
        self.element(first, f'<subProcess id="{sub}">{inside}</subProcess>', sub)
        throw = self.name("throw")
        reference = self.random.choice(("", f' activityRef="{first}"', f' activityRef="{sub}"'))
        xml = f'<intermediateThrowEvent id="{throw}"><compensateEventDefinition{reference}/></intermediateThrowEvent>'
        return self.element(sub, xml, throw)

    def write_bargain(self, entry: str, at: Place) -> str:
        """Write a transaction that is cancelled or not."""
        name = self.name("bargain")
        outer, self.lines = self.lines, []
        last = self.block(self.undoable(f"{name}_begun", at), at.inside())
        split = self.gateway("exclusive")
        self.lines.append(
            f'<startEvent id="{name}_begun"/><endEvent id="{name}_done"/>'
            f'<endEvent id="{name}_off"><cancelEventDefinition/></endEvent>\n{last} -> {split}\n'
            f"\n{split} -> {name}_off : {self.any_variable()} > 1\n{split} => {name}_done\n"
        )
        inside, self.lines = "".join(self.lines), outer
        self.lines.append(f'<transaction id="{name}">{inside}</transaction>')
        return self.caught(entry, name, "<cancelEventDefinition/>", at)

    def write_ad_hoc(self, entry: str, at: Place) -> str:
        name, outer = self.name("any"), self.lines
        self.lines = []
        for _number in range(self.random.randint(1, 3)):
            task = self.name("user")
            self.lines.append(user_task(task))
            if self.random.random() < 0.4:
                self.write_script(task, at)
        ordering = self.random.choice(("Parallel", "Sequential"))
        enough = f"<completionCondition>{self.any_variable()} = {self.random.randrange(4)}</completionCondition>"
        inside, self.lines = "".join(self.lines) + (enough if self.random.random() < 0.6 else ""), outer
        head = f'<adHocSubProcess id="{name}" ordering="{ordering}" cancelRemainingInstances="{self.flag()}">'
        return self.element(entry, f"{head}{inside}</adHocSubProcess>", name)

    def thrower(self, definition: str) -> tuple[str, str]:
        name = self.name("throws")
        return f'<intermediateThrowEvent id="{name}">{definition}</intermediateThrowEvent>', name

    def write_escalating(self, entry: str, at: Place) -> str:
        throws = self.thrower('<escalationEventDefinition escalationRef="step_up"/>')
        host, interrupts = self.scope(at, endings=(throws,)), self.random.random() < 0.5
        definition = self.random.choice(
            ("<escalationEventDefinition/>", '<escalationEventDefinition escalationRef="step_up"/>')
        )
        return self.caught(entry, host, definition, at, interrupts=interrupts)

    def write_failing(self, entry: str, at: Place) -> str:
        """Write a subprocess that may end with an error."""
        end, split = self.name("bad"), self.name("exclusive")
        xml = (
            f'<exclusiveGateway id="{split}"/><endEvent id="{end}"><errorEventDefinition errorRef="broken"/></endEvent>'
            f"\n{split} -> {end} : {self.any_variable()} > 1\n{split} => {split}_out\n"
            f'<exclusiveGateway id="{split}_out"/>'
        )
        host = self.name("scope")
        outer, self.lines = self.lines, []
        last = self.block(f"{host}_begun", at.inside())
        inside = f'<startEvent id="{host}_begun"/><endEvent id="{host}_done"/>{"".join(self.lines)}'
        self.lines = outer
        self.lines.append(
            f'<subProcess id="{host}">{inside}{xml}\n{last} -> {split}\n{split}_out -> {host}_done\n</subProcess>'
        )
        return self.caught(entry, host, '<errorEventDefinition errorRef="broken"/>', at)

    def write_signalled(self, entry: str, at: Place) -> str:
        """Write a fork of which one branch throws a signal that others wait for."""
        return self.element(entry, *self.thrower('<signalEventDefinition signalRef="alarm_signal"/>'))

    def write_conditional(self, entry: str, at: Place) -> str:
        return self.caught(entry, self.scope(at), self.condition(), at, interrupts=self.random.random() < 0.5)

    def write_race(self, entry: str, at: Place) -> str:
        gateway, join = self.name("race"), self.gateway("exclusive")
        self.element(entry, f'<eventBasedGateway id="{gateway}"/>', gateway)
        for _number in range(self.random.randint(2, 3)):
            last = self.block(self.write_wait(gateway, at), Place(0))
            self.lines.append(f"\n{last} -> {join}\n")
        return join

    def write_split(self, entry: str, at: Place) -> str:
        """Write a task that several flows leave, on conditions."""
        task, join = self.name("user"), self.gateway("inclusive")
        self.element(entry, user_task(task), task)
        conditions = ["", ""] if self.random.random() < 0.5 else [f" : {self.any_variable()} > 1", " : else"]
        self.branches(task, join, conditions, at.inside())
        return join

    def write_link(self, entry: str, at: Place) -> str:
        name = self.name("link")
        definition = f'<linkEventDefinition name="{name}"/>'
        self.lines.append(f'<intermediateCatchEvent id="{name}_to">{definition}</intermediateCatchEvent>')
        xml = f'<intermediateThrowEvent id="{name}_from">{definition}</intermediateThrowEvent>'
        self.element(entry, xml, f"{name}_from")
        return f"{name}_to"

    def write_two_of_three(self, entry: str, at: Place) -> str:
        split, join = self.gateway("parallel"), self.name("complex")
        condition = "<activationCondition>activationCount >= 2</activationCondition>"
        self.lines += [f'<complexGateway id="{join}">{condition}</complexGateway>', f"\n{entry} -> {split}\n"]
        self.branches(split, join, [""] * 3, at.inside())
        return join

    def write_repeated(self, entry: str, at: Place) -> str:
        """Write a subprocess that is repeated while a condition holds."""
        name = self.name("scope")
        loop = (
            f'<standardLoopCharacteristics testBefore="{self.flag()}" loopMaximum="{self.random.randint(1, 3)}">'
            f"<loopCondition>{self.any_variable()} &lt; 3</loopCondition></standardLoopCharacteristics>"
        )
        return self.element(entry, self.contained(name, at.inside(), loop), name)

    def write_both(self, entry: str, at: Place) -> str:
        """Write an event that waits for one of two things, or for both."""
        name, both = self.name("wait"), self.random.choice(("", ' parallelMultiple="true"'))
        inside = self.event(at) + self.event(at)
        xml = f'<intermediateCatchEvent id="{name}"{both}>{inside}</intermediateCatchEvent>'
        return self.element(entry, xml, name)

    def write_several(self, entry: str, at: Place) -> str:
        """Write a user task for several people, with a boundary event."""
        name = self.name("user")
        loop = (
            f'<multiInstanceLoopCharacteristics isSequential="{self.flag()}"><loopCardinality>3</loopCardinality>'
            "</multiInstanceLoopCharacteristics>"
        )
        self.lines.append(user_task(name, inside=loop))
        return self.caught(entry, name, self.event(at), at, interrupts=self.random.random() < 0.5)


def a_full_model(seed: int, depth: int = 4) -> bytes:
    """Return the model of a seed."""
    writer = FullWriter(Random(seed))
    last = writer.block("begun", Place(depth))
    watching: Callable[[Place], str] = writer.event_subprocess
    extra = watching(Place(1)) if writer.random.random() < 0.3 else ""
    body = START + END + "".join(writer.lines) + f"\n{last} -> done\n" + extra
    processes = [one.removesuffix("</process>") for one in writer.before if one.startswith("<process")]
    before = "".join(one for one in writer.before if not one.startswith("<process"))
    before += '<signal id="alarm_signal" name="alarm"/><escalation id="step_up" escalationCode="up"/>'
    before += '<error id="broken" errorCode="broken"/>'
    return a_diagram("</process>".join([body, *processes]), "main", before=before)
