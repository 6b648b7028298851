"""Writes random models of blocks that stock SpiffWorkflow and our engine both carry out as BPMN says.

A model is one text in our expression language; `in_python` is the same model for the stock engine. What the stock
engine does wrong is not drawn: a join inside a loop (it counts the tokens of earlier turns), blocks inside an
inclusive one (its join goes on too early), a multi-instance inside a loop or without results, variables of parallel
branches that are read elsewhere, messages that several wait for.
"""

import re
from dataclasses import dataclass, field, replace
from random import Random
from typing import ClassVar

from tests.engine.diagrams import END, START, a_diagram, message, on_message, script, user_task


@dataclass
class Model:
    """A model, and what the comparison has to know of it.

    Attributes:
        decisions: what each user task writes, by element.
        private: variables that the two engines keep in different places.
        linear: whether no two steps are ever open at once, so that the order says something.
    """

    xml: bytes
    decisions: dict[str, dict[str, int]]
    private: set[str]
    linear: bool


@dataclass(frozen=True)
class Place:
    """Where a block stands: how deep, in a loop, in a multi-instance, beside a boundary event that interrupts."""

    depth: int
    looped: bool = False
    several: bool = False
    cut_off: bool = False

    def inside(self, **more: bool) -> "Place":
        """Return the place of a block in this one; what holds outside holds inside."""
        facts = {name: getattr(self, name) or more.get(name, False) for name in ("looped", "several", "cut_off")}
        return Place(self.depth - 1, **facts)


@dataclass
class Writer:
    """Writes blocks; every method writes one behind `entry` and returns its last element."""

    random: Random
    number: int = 0
    lines: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    decisions: dict[str, dict[str, int]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    linear: bool = True

    kinds: ClassVar[tuple[str, ...]] = (
        "seq",
        "seq",
        "choice",
        "fork",
        "some",
        "loop",
        "inside",
        "call",
        "each",
        "wait",
        "beside",
        "beside",
    )

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}_{self.number}"

    def block(self, entry: str, at: Place) -> str:
        kind = self.random.choice(("script", "user", "user") if at.depth <= 0 else self.kinds)
        return str(getattr(self, "write_" + kind)(entry, at))

    def element(self, entry: str, xml: str, element_id: str) -> str:
        self.lines += [xml, f"\n{entry} -> {element_id}\n"]
        return element_id

    def gateway(self, kind: str) -> str:
        name = self.name(kind)
        self.lines.append(f'<{kind}Gateway id="{name}"/>')
        return name

    def variable(self, kind: str, at: Place) -> str:
        name = self.name(kind)
        if at.several or at.cut_off:
            self.private.add(name)
        return name

    def write_script(self, entry: str, at: Place) -> str:
        name = self.name("script")
        text = f"{{{self.variable('written', at)}: {self.random.randrange(9)}}}"
        return self.element(entry, script(name, text), name)

    def write_user(self, entry: str, at: Place) -> str:
        name = self.name("user")
        self.decisions[name] = {self.variable("given", at): self.random.randrange(9)}
        return self.element(entry, user_task(name), name)

    def write_seq(self, entry: str, at: Place) -> str:
        return self.block(self.block(entry, at.inside()), at.inside())

    def decide(self, entry: str, at: Place, bound: int) -> tuple[str, str]:
        """Let a script or a person choose a number, and return the variable that holds it."""
        name, chosen = self.variable("chosen", at), self.random.randrange(bound)
        if self.random.random() < 0.5:
            decider = self.name("decide")
            return name, self.element(entry, script(decider, f"{{{name}: {chosen}}}"), decider)
        decider = self.name("ask")
        self.decisions[decider] = {name: chosen}
        return name, self.element(entry, user_task(decider), decider)

    def branches(self, split: str, join: str, conditions: list[str], at: Place) -> None:
        for condition in conditions:
            first = len(self.lines)
            last = self.block(split, at)
            flow = next(at for at in range(first, len(self.lines)) if self.lines[at].startswith(f"\n{split} -> "))
            self.lines[flow] = self.lines[flow].rstrip("\n") + condition + "\n"
            if condition == " : else":
                self.lines[flow] = self.lines[flow].replace(" -> ", " => ").replace(" : else", "")
            self.lines.append(f"\n{last} -> {join}\n")

    def write_choice(self, entry: str, at: Place) -> str:
        name, decider = self.decide(entry, at, 3)
        split = self.gateway("exclusive")
        self.lines.append(f"\n{decider} -> {split}\n")
        join = self.gateway("exclusive")
        self.branches(split, join, [f" : {name} = 0", f" : {name} > 1", " : else"], at.inside())
        return join

    def write_fork(self, entry: str, at: Place) -> str:
        if at.looped:
            return self.write_choice(entry, at)
        self.linear = False
        split, join = self.gateway("parallel"), self.gateway("parallel")
        self.lines.append(f"\n{entry} -> {split}\n")
        self.branches(split, join, [""] * self.random.randint(2, 3), at.inside())
        return join

    def write_some(self, entry: str, at: Place) -> str:
        if at.looped:
            return self.write_choice(entry, at)
        self.linear = False
        name, decider = self.decide(entry, at, 3)
        split, join = self.gateway("inclusive"), self.gateway("inclusive")
        self.lines.append(f"\n{decider} -> {split}\n")
        conditions = [f" : {name} >= 0", f" : {name} > 0", f" : {name} = 2"]
        self.random.shuffle(conditions)
        self.branches(split, join, conditions, replace(at, depth=0))
        return join

    def write_loop(self, entry: str, at: Place) -> str:
        counter, begin, count = self.name("counter"), self.name("begin"), self.name("count")
        self.private.add(counter)
        self.element(entry, script(begin, f"{{{counter}: 0}}"), begin)
        again, decided = self.gateway("exclusive"), self.gateway("exclusive")
        self.lines.append(f"\n{begin} -> {again}\n")
        last = self.block(again, at.inside(looped=True))
        self.element(last, script(count, f"{{{counter}: {counter} + 1}}"), count)
        out = self.gateway("exclusive")
        turns = self.random.randint(1, 3)
        self.lines += [f"\n{count} -> {decided}\n{decided} -> {again} : {counter} < {turns}\n{decided} => {out}\n"]
        return out

    def contained(self, name: str, at: Place, loop: str = "", endings: tuple[tuple[str, str], ...] = ()) -> str:
        """Return a subprocess; `endings` are XML and id of what stands before its end."""
        outer, self.lines = self.lines, []
        last = self.block(f"{name}_begun", at)
        for xml, element_id in endings:
            last = self.element(last, xml, element_id)
        inside = f'<startEvent id="{name}_begun"/><endEvent id="{name}_done"/>{"".join(self.lines)}'
        self.lines = outer
        return f'<subProcess id="{name}">{loop}{inside}\n{last} -> {name}_done\n</subProcess>'

    def write_inside(self, entry: str, at: Place) -> str:
        name = self.name("sub")
        return self.element(entry, self.contained(name, at.inside()), name)

    def write_call(self, entry: str, at: Place) -> str:
        name, key = self.name("call"), self.name("called")
        outer, self.lines = self.lines, []
        last = self.block(f"{key}_begun", at.inside())
        inside = (
            f'<startEvent id="{key}_begun"/><endEvent id="{key}_done"/>{"".join(self.lines)}\n{last} -> {key}_done\n'
        )
        self.lines = outer
        self.before.append(f'<process id="{key}" isExecutable="true">{inside}</process>')
        return self.element(entry, f'<callActivity id="{name}" calledElement="{key}"/>', name)

    def write_each(self, entry: str, at: Place) -> str:
        if at.looped:
            return self.write_inside(entry, at)
        sequential, count = self.random.random() < 0.4, self.random.randint(0, 3)
        self.linear = self.linear and sequential
        name, items, item = self.name("each"), self.variable("items", at), self.name("item")
        output, result, prepare = self.name("output"), self.name("result"), self.name("prepare")
        self.private |= {output, result, item} if at.several or at.cut_off else {result, item}
        self.element(entry, script(prepare, f"{{{items}: {list(range(1, count + 1))}}}"), prepare)
        source = f"<loopDataInputRef>{items}</loopDataInputRef>"
        if self.random.random() < 0.3:
            source = f"<loopCardinality>{count}</loopCardinality>"
        enough, endings = "", [(script(f"{name}_result", f"{{{result}: {item} * 10}}"), f"{name}_result")]
        if count and self.random.random() < 0.3:
            # A person is the last before the result, so that instances never end in the same step.
            enough = f"<completionCondition>{result} &gt;= {10 * self.random.randint(1, count)}</completionCondition>"
            self.decisions[f"{name}_ask"] = {}
            endings.insert(0, (user_task(f"{name}_ask"), f"{name}_ask"))
        loop = (
            f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{source}'
            f"<loopDataOutputRef>{output}</loopDataOutputRef>"
            f'<inputDataItem id="{item}" name="{item}"/><outputDataItem id="{result}" name="{result}"/>{enough}'
            "</multiInstanceLoopCharacteristics>"
        )
        inner = at.inside(several=True)
        return self.element(prepare, self.contained(name, inner, loop, tuple(endings)), name)

    def write_wait(self, entry: str, at: Place) -> str:
        name = self.name("wait")
        xml = f'<intermediateCatchEvent id="{name}">{self.event(at)}</intermediateCatchEvent>'
        return self.element(entry, xml, name)

    def event(self, at: Place) -> str:
        """Return a timer of its own duration, or, where only one token can be, a message of its own name."""
        if at.several or self.random.random() < 0.5:
            seconds = self.random.randrange(100_000, 5_000_000)
            return f"<timerEventDefinition><timeDuration>PT{seconds}S</timeDuration></timerEventDefinition>"
        name = self.name("word")
        self.before.append(message(name))
        return on_message(name)

    def write_beside(self, entry: str, at: Place) -> str:
        """Write an activity with a boundary event; where that does not interrupt, its branch ends by itself."""
        interrupts = self.random.random() < 0.6
        name, event = self.name("host"), self.name("event")
        self.linear = False
        if self.random.random() < 0.4:
            self.decisions[name] = {self.variable("given", at.inside(cut_off=interrupts)): 1}
            host = user_task(name)
        else:
            host = self.contained(name, at.inside(cut_off=interrupts))
        self.element(entry, host, name)
        self.lines.append(
            f'<boundaryEvent id="{event}" attachedToRef="{name}" cancelActivity="{str(interrupts).lower()}">'
            f"{self.event(at)}</boundaryEvent>"
        )
        last = self.write_user(event, Place(0, at.looped, at.several, True))
        if not interrupts:
            end = self.name("end")
            self.lines.append(f'<endEvent id="{end}"/>\n{last} -> {end}\n')
            return name
        out = self.gateway("exclusive")
        self.lines.append(f"\n{name} -> {out}\n{last} -> {out}\n")
        return out


def a_model(seed: int, depth: int = 4) -> Model:
    """Return the model of a seed."""
    writer = Writer(Random(seed))
    last = writer.block("begun", Place(depth))
    body = START + END + "".join(writer.lines) + f"\n{last} -> done\n"
    processes = [one for one in writer.before if one.startswith("<process")]
    others = [one for one in writer.before if not one.startswith("<process")]
    whole = "</process>".join([body, *(one.removesuffix("</process>") for one in processes)])
    xml = a_diagram(whole, "main", before="".join(others))
    return Model(xml, writer.decisions, writer.private, writer.linear)


_CONDITION = re.compile(r"(<(conditionExpression|completionCondition)[^>]*>)(.*?)(</\2>)", re.DOTALL)
_SCRIPT = re.compile(r"<script><!\[CDATA\[\{(\w+): (.*?)\}\]\]></script>")
_DURATION = re.compile(r"<timeDuration>(\w+)</timeDuration>")


def in_python(xml: bytes) -> bytes:
    """Return the same model with the expressions that the stock engine evaluates."""
    text = _SCRIPT.sub(r"<script>\1 = \2</script>", xml.decode())
    text = _CONDITION.sub(lambda found: f"{found[1]}{found[3].replace(' = ', ' == ')}{found[4]}", text)
    return _DURATION.sub(r'<timeDuration>"\1"</timeDuration>', text).encode()
