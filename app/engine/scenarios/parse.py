"""Reads scenarios: YAML in, values out; everything that does not fit is a problem with its line."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yaml.nodes import MappingNode, Node, SequenceNode

from app.engine.scenarios import model
from app.engine.scenarios.parse_expect import parse_expect
from app.engine.scenarios.parse_values import moment
from app.engine.scenarios.yaml_text import NotAScenario, Reader, is_null
from app.engine.timers.rules import parse_duration
from app.kernel.errors import Invalid

_TOP = ("name", "description", "about", "covers", "files", "file", "process", "start", "services", "steps", "refused")
_START = ("at", "data", "element", "process", "time_zone")
_ANSWER = ("result", "error", "message", "fail")
_SELECTOR = ("element", "index", "instance")
_REMARKS = ("name", "note")
_DIAGRAMS = {".bpmn", ".dmn"}


def parse_scenarios(content: bytes, *, file: str, folder: Path) -> tuple[model.Scenario, ...]:
    """Return the scenarios of a file, one for each document in it; what they name lies relative to `folder`.

    Raises:
        NotAScenario: with everything that is wrong.
    """
    reader = Reader(file)
    found = tuple(_Document(reader, folder).scenario(node) for node in reader.documents(content))
    if reader.problems:
        raise NotAScenario(sorted(reader.problems))
    return found


def of_diagram(path: Path, file: str) -> model.Scenario:
    """Return the scenario of a diagram alone: it is started, and nothing is expected."""
    return model.Scenario(file, 1, "", {path.name: path}, None, None, False, {}, ())


class _Document:
    """Reads one document."""

    def __init__(self, reader: Reader, folder: Path) -> None:
        self.reader = reader
        self.folder = folder
        self.from_zero = False
        self.kinds: Mapping[str, Callable[[Node, dict[str, Node], int], model.Step]] = {
            "expect": self._expect,
            "complete": self._complete,
            "advance": self._advance,
            "message": self._message,
            "signal": self._signal,
            "service": self._service,
            "decision": self._decision,
            "start": lambda node, _beside, line: self._start(node, line),
            "retry": lambda node, _beside, line: model.Retry(line=line, element=self.reader.text(node)),
            "give_up": lambda node, _beside, line: model.GiveUp(line=line, element=self.reader.text(node)),
            "cancel": self._cancel,
        }

    def scenario(self, node: Node) -> model.Scenario:
        """Read the whole document."""
        reader = self.reader
        top = reader.fields(node, _TOP, "The scenario")
        steps = reader.items(top["steps"]) if "steps" in top else []
        read = tuple(step for step in map(self._step, steps) if step is not None)
        start = top.get("start")
        unstarted = start is not None and not isinstance(start, MappingNode) and not is_null(start)
        if unstarted and start is not None and start.value not in ("none", "false"):
            reader.wrong(start, "«start» is a mapping, or «none» where nothing is started.")
        return model.Scenario(
            file=reader.file,
            line=node.start_mark.line + 1,
            name=reader.text(top["name"]) if "name" in top else "",
            files=self._files(node, top),
            process=reader.text(top["process"]) if "process" in top else None,
            start=None if start is None or unstarted else self._start(start, start.start_mark.line + 1),
            unstarted=unstarted,
            services=self._services(top["services"]) if "services" in top else {},
            steps=read,
            counts_from_zero=self.from_zero,
            refused=self._refused(top),
        )

    def _refused(self, top: Mapping[str, Node]) -> tuple[model.Refusal, ...] | None:
        reader = self.reader
        for name in ("about", "covers"):
            if name in top:
                reader.texts(top[name])
        if "refused" not in top:
            return None
        if "steps" in top or "start" in top:
            reader.wrong(top["refused"], "What is «refused» is not started and has no steps.")
        found = tuple(self._refusal(node) for node in reader.items(top["refused"]))
        if not found:
            reader.wrong(top["refused"], "«refused» names at least one problem.")
        return found

    def _refusal(self, node: Node) -> model.Refusal:
        reader = self.reader
        fields = self._named(node, ("code", "element", "line"), "«refused»")
        if "code" not in fields:
            reader.wrong(node, "Here «code» is missing.")
        return model.Refusal(
            code=reader.text(fields["code"]) if "code" in fields else "",
            element=reader.text(fields["element"]) if "element" in fields else "",
            line=reader.number(fields["line"]) if "line" in fields else 0,
            written=node.start_mark.line + 1,
        )

    def _files(self, node: Node, top: Mapping[str, Node]) -> dict[str, Path]:
        named = top.get("files") or top.get("file")
        if named is None:
            self.reader.wrong(node, "The scenario names no «files».", "no_files")
            return {}
        found: dict[str, Path] = {}
        for item in self.reader.items(named):
            name = self.reader.text(item)
            path = self.folder / name
            inside = sorted(path.rglob("*")) if path.is_dir() else [path]
            diagrams = [one for one in inside if not path.is_dir() or one.suffix.lower() in _DIAGRAMS]
            if not name or not diagrams or not path.exists():
                self.reader.wrong(item, f"There is no file «{name}».", "no_file")
                continue
            found |= {name if one == path else f"{name.rstrip('/')}/{one.relative_to(path)}": one for one in diagrams}
        if not found and not self.reader.problems:
            self.reader.wrong(named, "The scenario names no «files».", "no_files")
        return found

    def _start(self, node: Node, line: int) -> model.Start:
        reader = self.reader
        if not isinstance(node, MappingNode):
            if not is_null(node):
                reader.wrong(node, "«start» is a mapping.")
            return model.Start(line=line)
        fields = reader.fields(node, _START, "«start»")
        zone = reader.text(fields["time_zone"]) if "time_zone" in fields else "UTC"
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            reader.wrong(fields["time_zone"], f"There is no time zone «{zone}».")
            zone = "UTC"
        return model.Start(
            line=line,
            at=moment(reader, fields["at"], zone) if "at" in fields else None,
            data=reader.mapping(fields["data"]) if "data" in fields else {},
            element=reader.text(fields["element"]) if "element" in fields else None,
            process=reader.text(fields["process"]) if "process" in fields else None,
            time_zone=zone,
        )

    def _services(self, node: Node) -> dict[str, tuple[model.Answer, ...]]:
        found = {}
        for key, value in self.reader.entries(node):
            answers = value.value if isinstance(value, SequenceNode) else [value]
            found[key.value] = tuple(self._stub(answer, key.value) for answer in answers)
        return found

    def _stub(self, node: Node, name: str) -> model.Answer:
        if is_null(node):
            return model.Answer()
        return self._answer(self.reader.fields(node, _ANSWER, f"The answer of «{name}»"), node)

    def _answer(self, fields: Mapping[str, Node], node: Node) -> model.Answer:
        reader = self.reader
        if len(fields.keys() & {"result", "error", "fail"}) > 1:
            reader.wrong(node, "A service task ends in one way: «result», «error» or «fail».")
        return model.Answer(
            result=reader.value(fields["result"]) if "result" in fields else None,
            error=reader.text(fields["error"]) if "error" in fields else "",
            message=reader.text(fields["message"]) if "message" in fields else "",
            fail=reader.text(fields["fail"]) if "fail" in fields else None,
        )

    def _step(self, node: Node) -> model.Step | None:
        known = (*self.kinds, "data", *_REMARKS)
        fields = self.reader.fields(node, known, "A step")
        kinds = [name for name in fields if name in self.kinds]
        if len(kinds) != 1:
            if fields or node.value in ([], ""):
                self.reader.wrong(node, f"A step is exactly one of {', '.join(self.kinds)}.", "not_a_step")
            return None
        (kind,) = kinds
        beside = {name: value for name, value in fields.items() if name != kind and name not in _REMARKS}
        if beside and kind not in ("complete", "message"):
            self.reader.wrong(beside["data"], f"A step «{kind}» has no «data».")
        return self.kinds[kind](fields[kind], beside, node.start_mark.line + 1)

    def _expect(self, node: Node, _beside: dict[str, Node], line: int) -> model.Step:
        return parse_expect(self.reader, node, line)

    def _selector(
        self, fields: Mapping[str, Node], node: Node, names: tuple[str, ...] = ("element",)
    ) -> model.Selector:
        named = next((fields[name] for name in names if name in fields), None)
        if named is None:
            self.reader.wrong(node, f"Here «{names[0]}» is missing.")
        index = self.reader.number(fields["index"]) if "index" in fields else None
        self.from_zero |= index == 0
        return model.Selector(
            element=self.reader.text(named) if named is not None else "",
            index=index,
            instance=self.reader.text(fields["instance"]) if "instance" in fields else "",
        )

    def _named(self, node: Node, known: tuple[str, ...], what: str) -> dict[str, Node]:
        """Return the fields of a step that may also be a single text, the first of the known names."""
        return self.reader.fields(node, known, what) if isinstance(node, MappingNode) else {known[0]: node}

    def _complete(self, node: Node, beside: dict[str, Node], line: int) -> model.Step:
        fields = self._named(node, (*_SELECTOR, "data"), "«complete»")
        data = beside.get("data") or fields.get("data")
        return model.Complete(
            line=line, task=self._selector(fields, node), data=self.reader.mapping(data) if data is not None else {}
        )

    def _advance(self, node: Node, _beside: dict[str, Node], line: int) -> model.Step:
        fields = self._named(node, ("by", "to"), "«advance»")
        by, to = fields.get("by"), fields.get("to")
        if by is not None and not isinstance(node, MappingNode) and not self.reader.text(by).startswith("P"):
            by, to = None, by
        if (by is None) == (to is None):
            self.reader.wrong(node, "«advance» is a duration such as P3D, or {to: moment}.")
            return model.Advance(line=line)
        if to is not None:
            return model.Advance(line=line, to=moment(self.reader, to))
        assert by is not None  # noqa: S101 – one of the two is there, and types cannot say so
        return model.Advance(line=line, by=self._duration(by))

    def _duration(self, node: Node) -> str:
        text = self.reader.text(node)
        try:
            parse_duration(text)
        except Invalid as error:
            self.reader.wrong(node, str(error))
        return text

    def _message(self, node: Node, beside: dict[str, Node], line: int) -> model.Step:
        fields = self._named(node, ("name", "correlation", "data"), "«message»")
        if "name" not in fields:
            self.reader.wrong(node, "Here «name» is missing.")
        data = beside.get("data") or fields.get("data")
        correlation = fields.get("correlation")
        by_name = correlation is not None and isinstance(correlation, MappingNode)
        return model.Message(
            line=line,
            name=self.reader.text(fields["name"]) if "name" in fields else "",
            correlation=None
            if correlation is None or is_null(correlation)
            else (self.reader.mapping(correlation) if by_name else self.reader.text(correlation)),
            data=self.reader.mapping(data) if data is not None else {},
        )

    def _signal(self, node: Node, _beside: dict[str, Node], line: int) -> model.Step:
        fields = self._named(node, ("name",), "«signal»")
        return model.Signal(line=line, name=self.reader.text(fields.get("name", node)))

    def _service(self, node: Node, _beside: dict[str, Node], line: int) -> model.Step:
        fields = self._named(node, (*_SELECTOR, "operation", *_ANSWER), "«service»")
        return model.Service(
            line=line,
            call=self._selector(fields, node, ("element", "operation")),
            answer=self._answer(fields, node),
        )

    def _decision(self, node: Node, _beside: dict[str, Node], line: int) -> model.Step:
        fields = self._named(node, ("key", "data", "result", "rules"), "«decision»")
        if "key" not in fields:
            self.reader.wrong(node, "Here «key» is missing.")
        rules = fields.get("rules")
        return model.Decide(
            line=line,
            key=self.reader.text(fields["key"]) if "key" in fields else "",
            data=self.reader.mapping(fields["data"]) if "data" in fields else {},
            expected=self.reader.value(fields["result"]) if "result" in fields else None,
            compares="result" in fields,
            rules=None if rules is None else tuple(map(self.reader.number, self.reader.items(rules))),
        )

    def _cancel(self, node: Node, _beside: dict[str, Node], line: int) -> model.Step:
        if isinstance(node, MappingNode):
            fields = self.reader.fields(node, ("instance",), "«cancel»")
            return model.Cancel(
                line=line, instance=self.reader.text(fields["instance"]) if "instance" in fields else ""
            )
        if self.reader.value(node) is not True:
            self.reader.wrong(node, "«cancel» is «true» or {instance: …}.")
        return model.Cancel(line=line)
