"""Makes a checked diagram executable: a graph of our own task specs for each process and subprocess.

Everything is read from one scope at a time and nothing recursively along flows, so that the length of a diagram does
not matter.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.engine.expressions import Expression, compile_expression, compile_script
from app.engine.spiff import activities, containers, events, extensions, gateways, graph, loops, reading
from app.engine.spiff.build_events import EventReader, formula
from app.engine.spiff.nodes import Copy, Flow, Node
from app.engine.spiff.process import ProcessSpec

_KINDS: dict[str, type[Node]] = {
    "startEvent": events.StartEvent,
    "endEvent": events.EndEvent,
    "intermediateCatchEvent": events.IntermediateCatchEvent,
    "intermediateThrowEvent": events.IntermediateThrowEvent,
    "boundaryEvent": events.BoundaryEvent,
    "receiveTask": events.ReceiveTask,
    "sendTask": events.SendTask,
    "eventBasedGateway": events.EventBasedGateway,
    "task": activities.ManualTask,
    "userTask": activities.UserTask,
    "manualTask": activities.ManualTask,
    "scriptTask": activities.ScriptTask,
    "serviceTask": activities.ServiceTask,
    "businessRuleTask": activities.BusinessRuleTask,
    "subProcess": containers.SubProcess,
    "transaction": containers.SubProcess,
    "adHocSubProcess": containers.AdHocSubProcess,
    "callActivity": containers.CallActivity,
    "exclusiveGateway": gateways.ExclusiveGateway,
    "inclusiveGateway": gateways.InclusiveGateway,
    "parallelGateway": gateways.ParallelGateway,
    "complexGateway": gateways.ComplexGateway,
}
_GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
SUBPROCESSES = ("subProcess", "transaction", "adHocSubProcess")
NODES = frozenset(_KINDS)


def build_process(root: Any, key: str, decisions: Mapping[str, activities.Decides]) -> dict[str, ProcessSpec]:
    """Return the specs of a process and of the subprocesses in it, by id, and of the global tasks that it calls.

    `root` is a diagram whose elements all have ids; `decisions` are those that it may use, by key.

    Raises:
        ExpressionError: what the check let pass cannot be compiled.
        LookupError: the file has no such process.
    """
    process = next(node for node in reading.children(root, "process") if node.get("id") == key)
    return _Builder(root, decisions).build(process)


class _Builder:
    """Builds the specs of one process."""

    def __init__(self, root: Any, decisions: Mapping[str, activities.Decides]) -> None:
        self.root = root
        self.decisions = decisions
        self.read_events = EventReader(root)
        self.global_tasks = {node.get("id"): node for node in reading.children(root, *_GLOBAL_TASKS)}
        self.specs: dict[str, ProcessSpec] = {}
        self.roles = reading.lane_roles(root)
        self.variables = graph.variables(root)

    def build(self, process: Any) -> dict[str, ProcessSpec]:
        pending = [process]
        while pending:
            scope = pending.pop()
            self._build_scope(scope)
            pending += reading.children(scope, *SUBPROCESSES)
            self._inherit_roles(scope)
        return self.specs

    def _inherit_roles(self, scope: Any) -> None:
        """What stands inside a subprocess belongs to the lane of the subprocess, unless it has its own."""
        for subprocess in reading.children(scope, *SUBPROCESSES):
            role = self.roles.get(subprocess.get("id"))
            for node in reading.children(subprocess) if role else ():
                self.roles.setdefault(node.get("id", ""), role or "")

    def _build_scope(self, scope: Any) -> None:
        key = scope.get("id")
        spec = self.specs[key] = ProcessSpec(key, scope.get("name") or key)
        nodes = {node.get("id"): node for node in reading.children(scope) if reading.local_name(node) in NODES}
        for node in nodes.values():
            self._build_node(spec, node)
        self._connect(spec, scope, nodes)
        self._attach(spec, scope, nodes)
        spec.declared = frozenset(graph.declared(scope))
        spec.starts = tuple(name for name, node in nodes.items() if reading.local_name(node) == "startEvent")
        spec.event_subprocesses = tuple(name for name, node in nodes.items() if node.get("triggeredByEvent") == "true")
        spec.implicit_starts = () if spec.starts else tuple(graph.implicit_starts(spec, nodes))
        spec.sequential = reading.local_name(scope) == "adHocSubProcess" and scope.get("ordering") == "Sequential"
        for name, node in nodes.items():
            if reading.local_name(node) in ("inclusiveGateway", "complexGateway"):
                spec.task_specs[name].ways = graph.ways(spec, name)

    def _build_node(self, spec: ProcessSpec, node: Any) -> None:
        name = reading.local_name(node)
        kind = _KINDS[name]
        if name == "subProcess" and node.get("triggeredByEvent") == "true":
            kind = containers.EventSubProcess
        operation = extensions.operation(node) if name in ("serviceTask", "sendTask", "businessRuleTask") else None
        if name == "sendTask" and operation is not None and not node.get("messageRef"):
            kind = activities.ServiceTask
        loop = extensions.loop(node)
        frame = _frame_of(loop)
        inner = kind(spec, node.get("id") if frame is None else f"{node.get('id')} [child]")
        self._describe(inner, node)
        self._fill(inner, node, operation)
        if frame is not None and loop is not None:
            outer = frame(spec, node.get("id"))
            self._describe(outer, node)
            outer.task_spec = inner.name
            self._fill_loop(outer, node, loop)
        whole = inner if frame is None else spec.task_specs[node.get("id")]
        whole.start_quantity = int(node.get("startQuantity", "1"))
        whole.completion_quantity = int(node.get("completionQuantity", "1"))

    def _describe(self, task: Any, node: Any) -> None:
        task.bpmn_id = node.get("id")
        task.bpmn_name = node.get("name")
        task.element_type = reading.local_name(node)
        task.role = self.roles.get(node.get("id"))
        task.properties = reading.properties(node)

    def _fill(self, task: Any, node: Any, operation: extensions.Operation | None) -> None:
        if isinstance(task, activities.UserTask):
            task.due = formula(task.properties.get("due", ""))
            task.about = formula(task.properties.get("about", ""))
        elif isinstance(task, activities.ScriptTask):
            _format, text = extensions.script(node)
            task.script = compile_script(text) if text.strip() else None
        elif isinstance(task, activities.ServiceTask):
            task.operation = operation.name if operation else ""
            texts = operation.parameters if operation else {}
            task.parameters = {name: compile_expression(text) for name, text in texts.items()}
            task.result_variable = operation.result_variable if operation else None
        elif isinstance(task, activities.BusinessRuleTask):
            called = extensions.called_decision(node)
            task.decision = self.decisions.get(called.key) if called else None
            task.result_variable = called.result_variable if called else None
        elif isinstance(task, containers.Container):
            self._fill_container(task, node)
        elif isinstance(task, events.Waiting | events.Throwing):
            self._fill_event(task, node)
        elif isinstance(task, gateways.ComplexGateway):
            task.activation = formula(reading.text_of(reading.child(node, "activationCondition")))
        self._fill_associations(task, node)

    def _fill_event(self, task: Any, node: Any) -> None:
        task.definitions = self.read_events.of(node)
        if isinstance(task, events.Waiting):
            task.all_of_them = node.get("parallelMultiple") == "true"
        if isinstance(task, events.BoundaryEvent):
            task.interrupting = node.get("cancelActivity", "true") != "false"

    def _fill_container(self, task: Any, node: Any) -> None:
        if isinstance(task, containers.CallActivity):
            self._fill_call(task, node)
            return
        task.spec = node.get("id")
        if isinstance(task, containers.AdHocSubProcess):
            task.condition = formula(reading.text_of(reading.child(node, "completionCondition")))
            task.sequential = node.get("ordering") == "Sequential"
            task.cancel_remaining = node.get("cancelRemainingInstances", "true") != "false"
        elif isinstance(task, containers.EventSubProcess):
            start = next(reading.children(node, "startEvent"))
            task.definitions = self.read_events.of(start)
            task.all_of_them = start.get("parallelMultiple") == "true"
            task.interrupting = start.get("isInterrupting", "true") != "false"
            task.undoes = any(definition.kind == "compensate" for definition in task.definitions)
        else:
            task.transaction = reading.local_name(node) == "transaction"

    def _fill_call(self, task: containers.CallActivity, node: Any) -> None:
        called = extensions.called_element(node)
        task.spec = task.element = called
        task.latest = extensions.called_binding(node) == "latest"
        if called in self.global_tasks:
            task.spec = f"{called}*"
            self._build_global(task.spec, self.global_tasks[called])
        mapped = extensions.mappings(node)
        task.mapped_in, task.mapped_out = _copies(mapped.inputs), _copies(mapped.outputs)
        task.all_in, task.all_out = mapped.all_inputs, mapped.all_outputs

    def _build_global(self, key: str, node: Any) -> None:
        """A global task is a process with this one task."""
        if key in self.specs:
            return
        spec = self.specs[key] = ProcessSpec(key, node.get("name"))
        task = _KINDS[_GLOBAL_TASKS[reading.local_name(node)]](spec, node.get("id"))
        self._describe(task, node)
        task.element_type = _GLOBAL_TASKS[reading.local_name(node)]
        self._fill(task, node, None)
        spec.implicit_starts = (task.name,)

    def _fill_loop(self, frame: Any, node: Any, loop: extensions.Loop) -> None:
        if isinstance(frame, loops.StandardLoop):
            frame.condition = formula(loop.condition)
            frame.maximum = int(loop.maximum) if loop.maximum else None
            frame.test_before = loop.test_before
            return
        frame.sequential = loop.kind == "sequential"
        frame.items = self._items(loop, node)
        frame.cardinality = formula(loop.cardinality)
        frame.item_name = loop.item or None
        output = graph.around_loop(node, loop.output_ref, "dataOutputAssociation")
        frame.output = self.variables.get(output, output) or None
        frame.output_item = loop.output_item or None
        frame.output_formula = formula(loop.output_element)
        frame.condition = formula(loop.completion)
        frame.behaviors = self.read_events.behaviors(node)

    def _items(self, loop: extensions.Loop, node: Any) -> Expression | None:
        if loop.collection:
            return formula(loop.collection)
        items = graph.around_loop(node, loop.input_ref, "dataInputAssociation")
        name = self.variables.get(items)
        return reading.Variable(name) if name else formula(items)  # type: ignore[return-value]

    def _fill_associations(self, task: Any, node: Any) -> None:
        task.copies_in = tuple(self._associations(node, "dataInputAssociation"))
        task.copies_out = tuple(self._associations(node, "dataOutputAssociation"))

    def _associations(self, node: Any, kind: str) -> Iterable[Copy]:
        loop = extensions.loop(node)
        lists = {loop.input_ref, loop.output_ref} - {""} if loop is not None else set()
        for association in reading.children(node, kind):
            source = reading.text_of(reading.child(association, "sourceRef"))
            target = reading.text_of(reading.child(association, "targetRef"))
            if (target if kind == "dataInputAssociation" else source) in lists:
                continue  # The lists belong to the loop and not to each of its instances.
            assignments = list(reading.children(association, "assignment"))
            for assignment in assignments:
                to = reading.text_of(reading.child(assignment, "to"))
                value = formula(extensions.expression_text(reading.text_of(reading.child(assignment, "from"))))
                if value is not None:
                    yield Copy(self.variables.get(to, to), value)
            known, wanted = self.variables.get(source), self.variables.get(target)
            transformation = formula(reading.text_of(reading.child(association, "transformation")))
            if wanted and transformation is not None:
                yield Copy(wanted, transformation)
            elif known and wanted and known != wanted and not assignments:
                yield Copy(wanted, reading.Variable(known))  # type: ignore[arg-type]

    def _connect(self, spec: ProcessSpec, scope: Any, nodes: Mapping[str, Any]) -> None:
        incoming: dict[str, list[str]] = {}
        outgoing: dict[str, list[Flow]] = {}
        for flow in reading.children(scope, "sequenceFlow"):
            source, target = flow.get("sourceRef"), flow.get("targetRef")
            if source in nodes and target in nodes:
                is_default = nodes[source].get("default") == flow.get("id")
                text = reading.text_of(reading.child(flow, "conditionExpression"))
                condition = None if is_default else formula(extensions.expression_text(text))
                outgoing.setdefault(source, []).append(Flow(flow.get("id"), target, condition, is_default))
                incoming.setdefault(target, []).append(flow.get("id"))
        for source, target, name in graph.links(nodes):
            outgoing.setdefault(source, []).append(Flow(f"link {name}", target, None, False))
            incoming.setdefault(target, []).append(f"link {name}")
        for name in nodes:
            task = spec.task_specs[name]
            task.flows, task.incoming = tuple(outgoing.get(name, ())), tuple(incoming.get(name, ()))
            for flow in task.flows:
                task.connect(spec.task_specs[flow.target])
        for name in nodes:
            task = spec.task_specs[name]
            if isinstance(task, events.EventBasedGateway):
                task.targets, task.definitions = graph.targets(spec, task)

    def _attach(self, spec: ProcessSpec, scope: Any, nodes: Mapping[str, Any]) -> None:
        associated = graph.associated(scope)
        for name, node in nodes.items():
            host = spec.task_specs.get(node.get("attachedToRef"))
            if reading.local_name(node) != "boundaryEvent" or host is None:
                continue
            event = spec.task_specs[name]
            kinds = {definition.kind for definition in event.definitions}
            if "compensate" in kinds:
                host.handler = next((one for one in associated.get(name, ()) if one in nodes), None)
                continue
            if kinds & {"error", "escalation", "cancel"}:
                host.catchers = (*host.catchers, name)
            if kinds - {"error", "escalation", "cancel"}:
                host.boundary = (*host.boundary, name)


def _frame_of(loop: extensions.Loop | None) -> Any:
    if loop is None:
        return None
    return loops.StandardLoop if loop.kind == "standard" else loops.MultiInstance


def _copies(pairs: tuple[tuple[str, str], ...] | None) -> tuple[Copy, ...] | None:
    return None if pairs is None else tuple(Copy(target, compile_expression(text)) for target, text in pairs)
