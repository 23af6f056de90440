"""CloudFormation's intrinsic functions, resolved against given values instead of deployed resources.

Only what is asked for is resolved: a template may say things that have no meaning on a laptop (a certificate,
a bucket policy), and nobody has to invent values for them. What has no value is an error with a name.
Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

# A piece of a template: whatever YAML can hold.
type Node = Any

_NO_VALUE: Final = object()
_SUBSTITUTION: Final = re.compile(r"\$\{(!?)([^}]+)\}")


class TemplateError(Exception):
    """The template says something the local stack cannot follow; the text names the place."""


class UnresolvedValueError(TemplateError):
    """A value needs a parameter, resource, condition or function that the local stack has no answer for."""


@dataclass(frozen=True)
class ResourceValue:
    """What `Ref` and `Fn::GetAtt` of one resource give once it exists."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class _CloudFormationLoader(yaml.SafeLoader):
    """A safe YAML loader that keeps CloudFormation's short tags as their long forms."""


def _construct_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Node
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TemplateError(f"!{suffix} holds something that is not YAML data")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _construct_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_CloudFormationLoader.add_multi_constructor("!", _construct_tag)
# A date stays text, as CloudFormation reads it: to YAML, AWSTemplateFormatVersion is one.
_CloudFormationLoader.add_constructor("tag:yaml.org,2002:timestamp", _construct_text)


def parse_template(text: str) -> dict[str, Any]:
    """Read a template's YAML, the short tags (`!Ref`) as their long forms.

    Raises:
        TemplateError: the text is not YAML or not a mapping.
    """
    try:
        # A subclass of SafeLoader: no tag can build anything but plain data.
        document = yaml.load(text, Loader=_CloudFormationLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise TemplateError("the template is not valid YAML") from error
    if not isinstance(document, dict):
        raise TemplateError("the template is not a mapping")
    return document


class Resolver:
    """Replaces intrinsic functions by values, from parameters and resources that the caller gives."""

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        parameters: Mapping[str, str],
        resources: Mapping[str, ResourceValue],
        pseudo_parameters: Mapping[str, str],
    ) -> None:
        self._parameters = parameters
        self._declared = document.get("Parameters") or {}
        self._conditions = document.get("Conditions") or {}
        self._resources = resources
        self._pseudo_parameters = pseudo_parameters
        self._functions: Mapping[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Condition": lambda argument, _: self.condition(argument),
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::Not": lambda argument, at: not self._truths(argument, at)[0],
            "Fn::And": lambda argument, at: all(self._truths(argument, at)),
            "Fn::Or": lambda argument, at: any(self._truths(argument, at)),
            "Fn::Join": self._join,
        }
        unknown = sorted(set(parameters) - set(self._declared))
        if unknown:
            raise UnresolvedValueError(f"the template has no parameter {unknown[0]}")

    def value(self, node: Node, *, at: str) -> Node:
        """Resolve everything inside `node`; `at` says where it stands, for the error's text.

        Raises:
            UnresolvedValueError: something in it cannot be resolved.
        """
        resolved = self._resolve(node, at)
        return None if resolved is _NO_VALUE else resolved

    def condition(self, name: str) -> bool:
        """Say whether the template's condition of that name holds.

        Raises:
            UnresolvedValueError: there is no such condition.
        """
        if name not in self._conditions:
            raise UnresolvedValueError(f"there is no condition {name}")
        return bool(self.value(self._conditions[name], at=f"condition {name}"))

    def _resolve(self, node: Node, at: str) -> Node:
        if isinstance(node, list):
            return [item for item in (self._resolve(item, at) for item in node) if item is not _NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(name, argument)] = node.items()
            # "Condition" with a name is a reference; with a mapping it is IAM's own key of that name.
            is_function = name == "Ref" or name.startswith("Fn::")
            if is_function or (name == "Condition" and isinstance(argument, str)):
                function = self._functions.get(name)
                if function is None:
                    raise UnresolvedValueError(f"{at}: the local stack does not know {name}")
                return function(argument, at)
        resolved = {key: self._resolve(value, f"{at}.{key}") for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not _NO_VALUE}

    def _ref(self, name: Node, at: str) -> Node:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self._pseudo_parameters:
            return self._pseudo_parameters[name]
        if name in self._declared:
            return self._parameter(name)
        if name in self._resources:
            return self._resources[name].ref
        raise UnresolvedValueError(f"{at}: the local stack has no value for {name}")

    def _parameter(self, name: str) -> str | list[str]:
        declared = self._declared[name]
        value = self._parameters.get(name, declared.get("Default"))
        if value is None:
            raise UnresolvedValueError(
                f"the parameter {name} has no default and the local stack gives it no value"
            )
        text = as_text(value, at=f"parameter {name}")
        is_list = declared.get("Type") == "CommaDelimitedList" or str(declared.get("Type")).startswith(
            "List<"
        )
        return [item.strip() for item in text.split(",")] if is_list else text

    def _get_att(self, argument: Node, at: str) -> str:
        name, attribute = argument
        resource = self._resources.get(name)
        if resource is None or attribute not in resource.attributes:
            raise UnresolvedValueError(f"{at}: the local stack has no value for {name}.{attribute}")
        return resource.attributes[attribute]

    def _sub(self, argument: Node, at: str) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def replace(match: re.Match[str]) -> str:
            literal, name = match.group(1), match.group(2).strip()
            if literal:
                return "${" + name + "}"
            if name in variables:
                return self._text(variables[name], at)
            if "." in name:
                return self._get_att(name.split(".", 1), at)
            return self._text({"Ref": name}, at)

        return _SUBSTITUTION.sub(replace, text)

    def _if(self, argument: Node, at: str) -> Node:
        name, when_true, when_false = argument
        return self._resolve(when_true if self.condition(name) else when_false, at)

    def _equals(self, argument: Node, at: str) -> bool:
        left, right = argument
        return self._text(left, at) == self._text(right, at)

    def _truths(self, argument: Node, at: str) -> list[bool]:
        return [bool(self._resolve(item, at)) for item in argument]

    def _join(self, argument: Node, at: str) -> str:
        separator, items = argument
        return str(separator).join(self._text(item, at) for item in self.value(items, at=at))

    def _text(self, node: Node, at: str) -> str:
        return as_text(self._resolve(node, at), at=at)


def as_text(value: Node, *, at: str) -> str:
    """Write a scalar as CloudFormation does: booleans in lower case, numbers in digits.

    Raises:
        TemplateError: the value is no scalar.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"{at}: expected a text, a number or a boolean")
