"""The event types as the schemas describe them, and nothing of any target language.

Only the part of JSON Schema that the event types use is understood; anything else is an error, so
that no constraint can be written down and then be left unchecked.
"""

import dataclasses
import json

FORMATS = ("name", "path", "sha256", "date")
VALUE_KINDS = {
    ("string",): "string",
    ("number",): "number",
    ("string", "number", "boolean"): "scalar",
    ("string", "number", "boolean", "null"): "scalar_or_null",
}
FIELD_KEYS = {
    "type", "title", "description", "format", "minimum", "enum", "items",
    "additionalProperties", "propertyNames",
}
TYPE_KEYS = {
    "$schema", "$id", "title", "description", "x-version", "x-durability", "type", "required",
    "properties", "additionalProperties",
}


class SchemaError(Exception):
    """A schema that the generator does not understand."""


@dataclasses.dataclass
class Field:
    """One field of an event or of an object within one."""

    name: str
    title: str
    description: str
    required: bool
    # string, enum, integer, number, boolean, strings (a list), map (any object) or struct.
    kind: str
    format: str = ""           # strings: one of FORMATS or empty
    minimum: int | None = None  # integers
    choices: tuple = ()        # enums, and maps whose values are one of a few strings
    values: str = "any"        # maps: what the values may be, see VALUE_KINDS
    names_checked: bool = False  # maps: whether the keys are names
    struct: "Struct | None" = None


@dataclasses.dataclass
class Struct:
    """An object of fixed shape: an event's payload, or an object within one."""

    title: str
    description: str
    fields: list


@dataclasses.dataclass
class EventType:
    """One version of one event type."""

    name: str
    version: int
    durability: str
    payload: Struct
    schema: dict  # with its references replaced by what they refer to


def camel(text):
    """`run.created` or `Trial state` as `RunCreated`, `TrialState`."""
    for separator in "._- ":
        text = text.replace(separator, " ")
    return "".join(word[0].upper() + word[1:] for word in text.split())


def _expect(condition, where, message):
    if not condition:
        raise SchemaError(f"{where}: {message}")


def _map(node, where, field):
    values = node.get("additionalProperties", True)
    if values is not True:
        if "enum" in values:
            _expect(set(values) == {"type", "enum"}, where, "values have an unknown constraint")
            field.values, field.choices = "enum", tuple(values["enum"])
        else:
            _expect(set(values) == {"type"}, where, "values have an unknown constraint")
            kinds = values["type"]
            kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
            _expect(kinds in VALUE_KINDS, where, f"values of type {kinds} are not supported")
            field.values = VALUE_KINDS[kinds]
    if "propertyNames" in node:
        _expect(node["propertyNames"] == {"format": "name"}, where, "propertyNames must be names")
        field.names_checked = True


def _field(name, node, required, where):
    where = f"{where}/properties/{name}"
    field = Field(name, node.get("title", ""), node.get("description", ""), required, "")
    _expect(field.title and field.description, where, "needs a title and a description")
    if "properties" in node:
        _expect(set(node) <= TYPE_KEYS, where, f"unknown keys {set(node) - TYPE_KEYS}")
        field.kind, field.struct = "struct", _struct(node, where)
        return field
    _expect(set(node) <= FIELD_KEYS, where, f"unknown keys {set(node) - FIELD_KEYS}")
    kind = node.get("type")
    if kind == "string" and "enum" in node:
        field.kind, field.choices = "enum", tuple(node["enum"])
    elif kind == "string":
        field.kind, field.format = "string", node.get("format", "")
        _expect(field.format in ("", *FORMATS), where, f"unknown format {field.format}")
    elif kind == "integer":
        field.kind, field.minimum = "integer", node.get("minimum")
    elif kind in ("number", "boolean"):
        field.kind = kind
    elif kind == "array":
        _expect(node.get("items") == {"type": "string"}, where, "lists must be of strings")
        field.kind = "strings"
    elif kind == "object":
        field.kind = "map"
        _map(node, where, field)
    else:
        raise SchemaError(f"{where}: type {kind} is not supported")
    return field


def _struct(node, where):
    required = node.get("required", [])
    _expect(node.get("additionalProperties") is True, where, "must have an open content model")
    names = list(node.get("properties", {}))
    _expect(names[: len(required)] == required, where, "required fields must come first")
    fields = [_field(n, f, n in required, where) for n, f in node.get("properties", {}).items()]
    return Struct(node["title"], node["description"], fields)


def _resolve(node, root, where):
    """`node` with every {"$ref": FILE} replaced by the content of that file."""
    if isinstance(node, list):
        return [_resolve(item, root, where) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        _expect(set(node) == {"$ref"}, where, "nothing may stand beside a $ref")
        shared = json.loads((root / node["$ref"]).read_text(encoding="utf-8"))
        return {key: value for key, value in shared.items() if key not in ("$schema", "$id")}
    return {key: _resolve(value, root, where) for key, value in node.items()}


def load(root):
    """All event types of the folder `root`, by name."""
    types = []
    for path in sorted(root.glob("*.json")):
        schema = _resolve(json.loads(path.read_text(encoding="utf-8")), root, path.name)
        _expect(set(schema) <= TYPE_KEYS, path.name, f"unknown keys {set(schema) - TYPE_KEYS}")
        _expect(schema["title"] + ".json" == path.name, path.name, "title is not the file's name")
        _expect(schema["$id"] == path.name, path.name, "$id is not the file's name")
        _expect(schema["x-durability"] in ("power", "process"), path.name, "unknown durability")
        payload = _struct(schema, path.name)
        types.append(EventType(schema["title"], schema["x-version"], schema["x-durability"],
                               payload, schema))
    return types


def structs(types):
    """The objects of fixed shape within payloads, each once, those that others need first."""
    found = {}

    def visit(struct):
        for field in struct.fields:
            if field.struct is None:
                continue
            visit(field.struct)
            known = found.setdefault(field.struct.title, field.struct)
            _expect(known == field.struct, field.struct.title, "two shapes under one title")

    for event in types:
        visit(event.payload)
    return list(found.values())


def enums(types):
    """The strings with a few choices, each once: (name, description, choices)."""
    found = {}
    for struct in [*structs(types), *(event.payload for event in types)]:
        for field in struct.fields:
            if field.kind == "enum":
                entry = (camel(field.title), field.description, field.choices)
                known = found.setdefault(entry[0], entry)
                _expect(known == entry, entry[0], "two sets of choices under one title")
    return list(found.values())
