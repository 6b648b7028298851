"""Types as they are written: `list<number>`, `function<date, string> -> boolean`."""

from app.engine.expressions.naming import NameTable
from app.engine.expressions.reader import Reader
from app.engine.expressions.types import NAMED, Type
from app.kernel.i18n import _

_NAMES = NameTable(NAMED)


def read_type(reader: Reader) -> Type:
    """Read a type."""
    token = reader.token
    length, name = _NAMES.match(reader.tokens, reader.index)
    own = reader.surroundings.known_types.match(reader.tokens, reader.index)
    if own[0] > length:
        reader.index += own[0]
        return reader.surroundings.types[own[1]]
    if not length:
        if reader.surroundings.strict or token.kind != "name":
            reader.fail(_("There is no type “%(name)s”."), token, name=token.text)
        reader.take()
        return Type("unknown")
    reader.index += length
    with reader.deeper():
        return _read_parts(reader, name)


def _read_parts(reader: Reader, name: str) -> Type:
    if name == "function":
        return _read_function(reader)
    if not reader.at("<") or name not in ("list", "range", "context"):
        return NAMED[name]
    reader.take()
    if name == "context":
        fields = _read_fields(reader)
        reader.expect(">")
        return Type("context", fields=fields)
    items = read_type(reader)
    reader.expect(">")
    return Type(name, items=items)


def _read_fields(reader: Reader) -> dict[str, Type]:
    fields = {}
    while not reader.at(">"):
        name = reader.read_new_name(":")
        reader.expect(":")
        fields[name] = read_type(reader)
        if not reader.at(">"):
            reader.expect(",")
    return fields


def _read_function(reader: Reader) -> Type:
    if not reader.accept("<"):
        return NAMED["function"]
    parameters: list[Type] = []
    while not reader.at(">"):
        parameters.append(read_type(reader))
        if not reader.at(">"):
            reader.expect(",")
    reader.expect(">")
    reader.expect("->")
    return Type("function", takes=tuple(parameters), gives=read_type(reader))
