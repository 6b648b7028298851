"""Turns a checked diagram into specs that SpiffWorkflow executes, all of them our own kinds."""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, BpmnStartTask, SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.specs import WorkflowSpec

from app.engine.expressions import Expression, compile_expression, compile_script
from app.engine.spiff import activities, events, gateways, loops, reading
from app.engine.spiff import definitions as kinds
from app.engine.spiff.activities import Decides


def _formula(text: str) -> Expression | None:
    return compile_expression(text) if text.strip() else None


class _ActivityParser(TaskParser):
    """Parses whatever is drawn as a shape, with our own frames for multi-instance and boundary events."""

    task: Any

    def create_task(self) -> Any:
        task = self.spec_class(self.spec, self.bpmn_id, **self._arguments())
        self._describe(task)
        self.fill(task, reading.properties(self.node))
        return task

    def _arguments(self) -> dict[str, Any]:
        return {"description": self.get_description(), "bpmn_name": self.node.get("name")}

    def _describe(self, task: Any) -> None:
        task.element_type = reading.local_name(self.node)
        task.role = self.process_parser.parser.roles.get(self.bpmn_id)
        task.properties = reading.properties(self.node)

    def fill(self, task: Any, properties: Mapping[str, str]) -> None:
        """Give the task what is particular to its kind."""

    def _add_multiinstance_task(self, loop: Any) -> None:
        original = self.spec.task_specs.pop(self.task.name)
        self.task = frame = loops.MultiInstance(self.spec, original.name, bpmn_name=original.bpmn_name)
        self._describe(frame)
        self._copy_task_attrs(original, loop)
        frame.sequential = loop.get("isSequential") == "true"
        frame.items = _formula(reading.text_of(reading.child(loop, "loopDataInputRef")))
        frame.cardinality = _formula(reading.text_of(reading.child(loop, "loopCardinality")))
        frame.item_name = _item_name(reading.child(loop, "inputDataItem"))
        frame.output = reading.text_of(reading.child(loop, "loopDataOutputRef")) or None
        frame.output_item = _item_name(reading.child(loop, "outputDataItem"))
        frame.condition = _formula(reading.text_of(reading.child(loop, "completionCondition")))
        original.completed_event.connect(frame.merge_child)

    def _add_boundary_event(self, children: list[Any]) -> Any:
        split = BoundaryEventSplit(self.spec, f"{self.bpmn_id}.BoundaryEventSplit")
        join = gateways.BoundaryEventJoin(
            self.spec, f"{self.bpmn_id}.BoundaryEventJoin", split_task=split.name, cancel=True
        )
        split.connect(self.task)
        self.task.connect(join)
        for event in children:
            boundary = self.process_parser.parse_node(event)
            split.connect(boundary)
            boundary.connect(join)
        return split


def _item_name(node: Any) -> str | None:
    return None if node is None else node.get("name") or node.get("id")


class UserTaskParser(_ActivityParser):
    """User and manual tasks."""

    def fill(self, task: Any, properties: Mapping[str, str]) -> None:
        task.due = _formula(properties.get("due", ""))
        task.about = _formula(properties.get("about", ""))


class ScriptTaskParser(_ActivityParser):
    """Script tasks, whose script is a FEEL context."""

    def fill(self, task: Any, properties: Mapping[str, str]) -> None:
        task.script = compile_script(reading.text_of(reading.child(self.node, "script")))


class ServiceTaskParser(_ActivityParser):
    """Service tasks, which name an operation."""

    def fill(self, task: Any, properties: Mapping[str, str]) -> None:
        task.operation, parameters, task.result_variable = reading.operator(self.node)
        task.parameters = {name: compile_expression(text) for name, text in parameters.items()}


class BusinessRuleTaskParser(_ActivityParser):
    """Business rule tasks, which name a decision."""

    def fill(self, task: Any, properties: Mapping[str, str]) -> None:
        decision_id = reading.extension_text(self.node, "calledDecisionId")
        task.decision = self.process_parser.parser.decisions.get(decision_id)
        task.result_variable = properties.get("result") or None


class SubProcessParser(_ActivityParser):
    """Embedded subprocesses."""

    def _arguments(self) -> dict[str, Any]:
        return {**super()._arguments(), "subworkflow_spec": SubprocessParser.get_subprocess_spec(self)}


class CallActivityParser(_ActivityParser):
    """Call activities; which version is called is settled where the specs of a deployment are put together."""

    def _arguments(self) -> dict[str, Any]:
        return {**super()._arguments(), "subworkflow_spec": self.node.get("calledElement")}


class GatewayParser(_ActivityParser):
    """Gateways, with the conditions of their outgoing flows."""

    def handles_multiple_outgoing(self) -> bool:
        return True

    def connect_outgoing(self, outgoing_task: Any, sequence_flow_node: Any, is_default: bool) -> None:
        if not issubclass(self.spec_class, gateways.Choice):
            self.task.connect(outgoing_task)
            return
        condition = (
            None if is_default else _formula(reading.text_of(reading.child(sequence_flow_node, "conditionExpression")))
        )
        self.task.connect_if(condition, outgoing_task)
        order = sequence_flow_node.getparent().index(sequence_flow_node)
        self.task.choices = sorted(
            [*getattr(self.task, "choices", []), (order, condition, outgoing_task.name)], key=lambda choice: choice[0]
        )


class EventParser(_ActivityParser):
    """Events of all kinds, send and receive tasks."""

    def create_task(self) -> Any:
        definitions = [self._read(node) for node in reading.event_definitions(self.node)]
        arguments = self._arguments()
        if self.node.get("attachedToRef"):
            arguments["cancel_activity"] = self.node.get("cancelActivity", "true") == "true"
        task = self.spec_class(self.spec, self.bpmn_id, event_definition=kinds.NoEvent(), **arguments)
        self._describe(task)
        if isinstance(task, events.Catching):
            task.definitions = definitions
        elif definitions:
            task.definition = definitions[0]
        if isinstance(task, events.StartEvent):
            self.spec.start.connect(task)
        elif isinstance(task, events.EndEvent):
            task.connect(self.spec.end)
        return task

    def handles_multiple_outgoing(self) -> bool:
        return issubclass(self.spec_class, events.EventBasedGateway)

    def connect_outgoing(self, outgoing_task: Any, sequence_flow_node: Any, is_default: bool) -> None:
        super().connect_outgoing(outgoing_task, sequence_flow_node, is_default)
        if isinstance(self.task, events.EventBasedGateway):
            self.task.definitions = [*self.task.definitions, *outgoing_task.definitions]
            self.task.targets = [*getattr(self.task, "targets", []), outgoing_task.name]
            outgoing_task.definitions = []

    def _read(self, node: Any) -> kinds.Waited:
        name = reading.local_name(node)
        parser = self.process_parser.parser
        if name == "timerEventDefinition":
            kind, text = reading.timer_text(node)
            return kinds.Timer(text, _formula(text) if text.startswith("=") else None, kind == "timeCycle")
        if name == "signalEventDefinition":
            return kinds.Signal(parser.signals[node.get("signalRef")])
        if name in ("errorEventDefinition", "escalationEventDefinition"):
            return self._read_code(name, node)
        if name == "terminateEventDefinition":
            return kinds.Terminate()
        return self._read_message(parser.message_nodes[node.get("messageRef")])

    def _read_code(self, name: str, node: Any) -> kinds.Waited:
        parser = self.process_parser.parser
        if name == "errorEventDefinition":
            error = parser.errors.get(node.get("errorRef"), {})
            return kinds.Error(error.get("name") or "", error.get("error_code"))
        escalation = parser.escalations.get(node.get("escalationRef"), {})
        return kinds.Escalation(escalation.get("name") or "", escalation.get("escalation_code"))

    def _read_message(self, message: Any) -> kinds.Message:
        properties = {**reading.properties(message), **reading.properties(self.node)}
        payload = properties.get("payload") or reading.extension_text(message, "messagePayload")
        variable = properties.get("variable") or reading.extension_text(message, "messageVariable")
        return kinds.Message(
            message.get("name"), _formula(properties.get("correlation", "")), _formula(payload), variable or None
        )


class _ProcessSpec(BpmnProcessSpec):
    """A process or subprocess, with our own end."""

    def __init__(self, name: str, description: str | None = None, filename: str | None = None) -> None:
        WorkflowSpec.__init__(self, name=name, filename=filename)
        self.bpmn_start_events: list[Any] = []
        self.start = BpmnStartTask(self, "Start")
        self.end = gateways.EndJoin(self, f"{name}.EndJoin")
        self.end.connect(SimpleBpmnTask(self, "End"))
        self.svg = None
        self.description = description
        self.io_specification = None
        self.data_objects: dict[str, Any] = {}
        self.data_stores: dict[str, Any] = {}
        self.correlation_keys: dict[str, Any] = {}


class _ProcessParser(ProcessParser):
    """A process; its start events stay side by side, and which of them happens is decided when it starts."""

    def create_spec(self) -> Any:
        return _ProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)

    def _index_process_nodes(self) -> None:
        """Look at BPMN elements only: upstream takes the id of an extension for that of a step."""
        for node in self.node.iter(f"{{{reading.BPMN}}}*"):
            name = reading.local_name(node)
            if node.get("id"):
                self.nodes_by_id[node.get("id")] = node
            if name == "sequenceFlow":
                self.outgoing_sequence_flows.setdefault(node.get("sourceRef"), []).append(node)
            elif name == "boundaryEvent":
                self.boundary_events_by_attached.setdefault(node.get("attachedToRef"), []).append(node)

    def add_tasks(self) -> None:
        for node in reading.children(self.node, "startEvent"):
            self.parse_node(node)


def _tag(name: str) -> str:
    return f"{{{reading.BPMN}}}{name}"


class DiagramParser(BpmnParser):
    """Parses one file. Call activities stay names; `decisions` are those the file may use, by id."""

    PROCESS_PARSER_CLASS = _ProcessParser
    PARSER_CLASSES = {
        _tag("startEvent"): (EventParser, events.StartEvent),
        _tag("endEvent"): (EventParser, events.EndEvent),
        _tag("intermediateCatchEvent"): (EventParser, events.IntermediateCatchEvent),
        _tag("intermediateThrowEvent"): (EventParser, events.IntermediateThrowEvent),
        _tag("boundaryEvent"): (EventParser, events.BoundaryEvent),
        _tag("receiveTask"): (EventParser, events.ReceiveTask),
        _tag("sendTask"): (EventParser, events.SendTask),
        _tag("eventBasedGateway"): (EventParser, events.EventBasedGateway),
        _tag("userTask"): (UserTaskParser, activities.UserTask),
        _tag("manualTask"): (UserTaskParser, activities.ManualTask),
        _tag("scriptTask"): (ScriptTaskParser, activities.ScriptTask),
        _tag("serviceTask"): (ServiceTaskParser, activities.ServiceTask),
        _tag("businessRuleTask"): (BusinessRuleTaskParser, activities.BusinessRuleTask),
        _tag("subProcess"): (SubProcessParser, activities.SubProcess),
        _tag("callActivity"): (CallActivityParser, activities.CallActivity),
        _tag("exclusiveGateway"): (GatewayParser, gateways.ExclusiveGateway),
        _tag("inclusiveGateway"): (GatewayParser, gateways.InclusiveGateway),
        _tag("parallelGateway"): (GatewayParser, gateways.ParallelGateway),
    }

    def __init__(self, decisions: Mapping[str, Decides]) -> None:
        super().__init__()
        self.decisions = decisions
        self.roles: dict[str, str] = {}
        self.message_nodes: dict[str, Any] = {}

    def _add_messages(self, bpmn: Any) -> None:
        self.message_nodes = {node.get("id"): node for node in bpmn.iter(_tag("message"))}

    def _add_correlations(self, bpmn: Any) -> None:
        """Correlation is a property of the event here."""

    def _add_data_stores(self, bpmn: Any) -> None:
        """Data stores are drawing only."""


def parse_process(tree: Any, key: str, decisions: Mapping[str, Decides]) -> dict[str, Any]:
    """Return the specs of a process and of its embedded subprocesses, by id; `tree` is a normalised diagram.

    Raises:
        SpiffWorkflow's ValidationException: what the check let pass and the parser cannot read.
    """
    parser = DiagramParser(decisions)
    parser.roles = reading.lane_roles(tree)
    _inherit_roles(tree, parser.roles)
    parser.add_bpmn_xml(tree)
    specs = {key: parser.get_spec(key)}
    pending = [key]
    while pending:
        for task_spec in specs[pending.pop()].task_specs.values():
            if isinstance(task_spec, SubWorkflowTask) and not isinstance(task_spec, activities.CallActivity):
                specs[task_spec.spec] = parser.get_spec(task_spec.spec)
                pending.append(task_spec.spec)
    return specs


def _inherit_roles(tree: Any, roles: dict[str, str]) -> None:
    """What stands inside a subprocess belongs to the lane of the subprocess, unless it has its own."""
    for subprocess in tree.iter(_tag("subProcess")):
        role = roles.get(subprocess.get("id", ""))
        if role:
            for node in reading.children(subprocess):
                roles.setdefault(node.get("id", ""), role)
