"""DMN models in a few words."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from app.engine.decisions import Decision, parse_decisions

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def dmn(*parts: str) -> bytes:
    """Return a DMN file with these parts."""
    return (
        f'<definitions xmlns="{NAMESPACE}" id="model" name="model" namespace="http://vekha">{"".join(parts)}</definitions>'
    ).encode()


def text(tag: str, content: str, attributes: str = "") -> str:
    """Return an element that holds an expression."""
    return f"<{tag} {attributes}><text>{escape(content)}</text></{tag}>"


def decision(key: str, logic: str, *, requires: Sequence[str] = ()) -> str:
    """Return a decision that requires other decisions."""
    required = "".join(
        f'<informationRequirement><requiredDecision href="#{other}"/></informationRequirement>' for other in requires
    )
    return f'<decision id="{key}" name="{key}">{required}{logic}</decision>'


def literal(content: str) -> str:
    """Return a decision's logic that is one expression."""
    return text("literalExpression", content)


def table(
    inputs: Sequence[str], outputs: Sequence[str], rules: Sequence[tuple[str, ...]], policy: str = 'hitPolicy="UNIQUE"'
) -> str:
    """Return a decision table; a rule's cells are its inputs, its outputs and perhaps an annotation.

    An output is written `name`, `name: "first", "second"` with its values, or `name! default`.
    """
    columns = "".join(
        f"<input id='in_{n}' label='{name}'>{text('inputExpression', name)}</input>" for n, name in enumerate(inputs)
    )
    columns += "".join(_output(written) for written in outputs)
    rows = "".join(_rule(cells, len(inputs), len(outputs)) for cells in rules)
    return f'<decisionTable id="table" {policy}>{columns}{rows}</decisionTable>'


def _output(written: str) -> str:
    name, _colon, values = written.partition(":")
    name, _mark, default = name.partition("!")
    inner = text("outputValues", values.strip()) if values else ""
    inner += text("defaultOutputEntry", default.strip()) if default else ""
    return f'<output id="out_{name}" name="{name}" label="{name}">{inner}</output>'


def _rule(cells: tuple[str, ...], inputs: int, outputs: int) -> str:
    row = "".join(text("inputEntry", cell) for cell in cells[:inputs])
    row += "".join(text("outputEntry", cell) for cell in cells[inputs : inputs + outputs])
    notes = "".join(text("annotationEntry", cell) for cell in cells[inputs + outputs :])
    return f"<rule>{row}{notes}</rule>"


def one_table(*arguments: object, **more: object) -> Decision:
    """Return the decision of one table."""
    return parse_decisions(dmn(decision("d", table(*arguments, **more))), "d.dmn")[0]  # type: ignore[arg-type]
