"""Writes small diagrams for tests: what matters stands in the test, the rest is made here."""

import re
from datetime import UTC, datetime

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="http://vekha/tests">'
)


def a_diagram(body: str, key: str = "simple", *, before: str = "") -> bytes:
    """Return a BPMN file with one process.

    In `body`, a line `a -> b` is a sequence flow, `a -> b : condition` one with a condition, `a => b` a default
    flow of the gateway `a`; all else is XML as it stands.
    """
    flows = re.compile(r"^\s*(\w+) (->|=>) (\w+)(?: : (.*))?$", re.MULTILINE)
    defaults: dict[str, str] = {}
    numbers = iter(range(1, 10_000))

    def flow(match: re.Match[str]) -> str:
        source, kind, target, condition = match.groups()
        name = f"flow_{next(numbers)}"
        if kind == "=>":
            defaults[source] = name
        inner = f'<conditionExpression xsi:type="tFormalExpression"><![CDATA[{condition}]]></conditionExpression>'
        start = f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">'
        return f"{start}{inner if condition else ''}</sequenceFlow>"

    inside = flows.sub(flow, body)
    for source, name in defaults.items():
        inside = re.sub(rf'(<\w+ id="{source}")', rf'\1 default="{name}"', inside)
    return (
        f'{_HEAD}{before}<process id="{key}" name="{key}" isExecutable="true">{inside}</process></definitions>'.encode()
    )


def user_task(element_id: str, **properties: str) -> str:
    """Return a user task, with properties and whatever `inside` says."""
    inside = properties.pop("inside", "")
    return f'<userTask id="{element_id}" name="{element_id}">{with_properties(**properties)}{inside}</userTask>'


def with_properties(**properties: str) -> str:
    """Return extension elements with these properties."""
    rows = "".join(f'<spiffworkflow:property name="{name}" value="{value}"/>' for name, value in properties.items())
    return f"<extensionElements><spiffworkflow:properties>{rows}</spiffworkflow:properties></extensionElements>"


def service_task(element_id: str, operation: str, result: str = "", inside: str = "", **parameters: str) -> str:
    """Return a service task."""
    rows = "".join(
        f'<spiffworkflow:parameter id="{name}" type="str" value="{text}"/>' for name, text in parameters.items()
    )
    variable = f' resultVariable="{result}"' if result else ""
    return (
        f'<serviceTask id="{element_id}" name="{element_id}"><extensionElements>'
        f'<spiffworkflow:serviceTaskOperator id="{operation}"{variable}><spiffworkflow:parameters>{rows}'
        f"</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></extensionElements>{inside}</serviceTask>"
    )


def script(element_id: str, text: str) -> str:
    """Return a script task."""
    return f'<scriptTask id="{element_id}" name="{element_id}"><script><![CDATA[{text}]]></script></scriptTask>'


def for_each(items: str, item: str, output: str = "", output_item: str = "", sequential: bool = False) -> str:
    """Return multi-instance characteristics."""
    out = f"<loopDataOutputRef>{output}</loopDataOutputRef>" if output else ""
    out_item = f'<outputDataItem id="{output_item}" name="{output_item}"/>' if output_item else ""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f'<loopDataInputRef>{items}</loopDataInputRef>{out}<inputDataItem id="in_{item}" name="{item}"/>{out_item}'
        "</multiInstanceLoopCharacteristics>"
    )


def boundary(element_id: str, attached: str, inside: str, interrupting: bool = True) -> str:
    """Return a boundary event."""
    cancel = str(interrupting).lower()
    return (
        f'<boundaryEvent id="{element_id}" name="{element_id}" attachedToRef="{attached}" cancelActivity="{cancel}">'
        f"{inside}</boundaryEvent>"
    )


def after(duration: str) -> str:
    """Return a timer with a duration."""
    return f"<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>"


def every(cycle: str) -> str:
    """Return a timer with a cycle."""
    return f"<timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition>"


def message(name: str) -> str:
    """Return the message of a definition; refer to it as `{name}_message`."""
    return f'<message id="{name}_message" name="{name}"/>'


def on_message(name: str) -> str:
    """Return a message event definition."""
    return f'<messageEventDefinition messageRef="{name}_message"/>'


START = '<startEvent id="begun" name="begun"/>'
END = '<endEvent id="done" name="done"/>'
