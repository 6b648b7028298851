"""Functions over contexts."""

from app.engine.expressions.functions.registry import Functions
from app.engine.expressions.run import Run
from app.engine.expressions.values import Value

FUNCTIONS = Functions()
Context = dict[str, Value]


@FUNCTIONS("get value", "m:context", "key:string")
def get_value(run: Run, m: Context, key: str) -> Value:
    """Return the entry, or null."""
    if key not in m:
        run.note(f"There is no entry “{key}”.")
    return m.get(key)


@FUNCTIONS("get value", "context:context", "keys:list")
def get_nested_value(_run: Run, context: Context, keys: list[Value]) -> Value:
    """Return the entry inside contexts inside contexts, or null."""
    value: Value = context
    for key in keys:
        value = value.get(key) if isinstance(value, dict) and isinstance(key, str) else None
    return value if keys else None


@FUNCTIONS("get entries", "m:context")
def get_entries(run: Run, m: Context) -> Value:
    """Return the entries as a list of contexts with `key` and `value`."""
    run.charge(len(m) // 8)
    return [{"key": key, "value": value} for key, value in m.items()]


@FUNCTIONS("context put", "context:context", "key:string", "value:any")
@FUNCTIONS("put", "context:context", "key:string", "value:any")
def context_put(_run: Run, context: Context, key: str, value: Value) -> Value:
    """Return the context with the entry."""
    return {**context, key: value}


@FUNCTIONS("context put", "context:context", "keys:list", "value:any")
@FUNCTIONS("put", "context:context", "keys:list", "value:any")
def context_put_nested(_run: Run, context: Context, keys: list[Value], value: Value) -> Value:
    """Return the context with the entry inside contexts inside it."""
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if not isinstance(inner, dict):
        return None
    changed = context_put_nested(_run, inner, keys[1:], value)
    return None if changed is None else {**context, keys[0]: changed}


@FUNCTIONS("context merge", "contexts:list")
@FUNCTIONS("put all", "contexts:list")
def context_merge(_run: Run, contexts: list[Value]) -> Value:
    """Return the contexts as one; later entries win."""
    if not all(isinstance(context, dict) for context in contexts):
        return None
    return {key: value for context in contexts for key, value in context.items()}


@FUNCTIONS("context", "entries:list")
def context_of(_run: Run, entries: list[Value]) -> Value:
    """Return the context of contexts with `key` and `value`; null when a key is missing or there twice."""
    result: Context = {}
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(key, str) or key in result or "value" not in entry:
            return None
        result[key] = entry["value"]
    return result
