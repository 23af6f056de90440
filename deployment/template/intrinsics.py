"""Resolve CloudFormation's intrinsic functions with given values instead of deployed resources.

Only requested nodes are resolved, so that parts without meaning on a laptop (a certificate, a bucket policy)
need no values. A missing value raises an error that names it.
Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

# A part of a template: any YAML value.
type Node = Any

_NO_VALUE: Final = object()
_SUBSTITUTION: Final = re.compile(r"\$\{(!?)([^}]+)\}")


class TemplateError(Exception):
    """The template has something that the local stack does not support; the text names the place."""


class UnresolvedValueError(TemplateError):
    """A value needs a parameter, resource, condition or function that the local stack does not have."""


@dataclass(frozen=True)
class ResourceValue:
    """The values of `Ref` and `Fn::GetAtt` for one resource."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class _CloudFormationLoader(yaml.CSafeLoader):
    """Loads safely, by libyaml, and converts CloudFormation's short tags to their long forms."""


def _construct_tag(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
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


def _construct_text(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_CloudFormationLoader.add_multi_constructor("!", _construct_tag)
# Dates stay text, as in CloudFormation: YAML would parse AWSTemplateFormatVersion as a date.
_CloudFormationLoader.add_constructor("tag:yaml.org,2002:timestamp", _construct_text)


def parse_template(text: str) -> dict[str, Any]:
    """Return a template's content, with short tags (`!Ref`) as their long forms.

    Raises:
        TemplateError: the text is not YAML or not a mapping.
    """
    try:
        # A subclass of CSafeLoader: no tag can build anything but plain data.
        document = yaml.load(text, Loader=_CloudFormationLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise TemplateError("the template is not valid YAML") from error
    if not isinstance(document, dict):
        raise TemplateError("the template is not a mapping")
    return document


class Resolver:
    """Replaces intrinsic functions by values from the caller's parameters and resources."""

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
            "Fn::Select": lambda argument, at: self.value(argument[1], at=at)[int(argument[0])],
            "Fn::Split": lambda argument, at: self._text(argument[1], at).split(argument[0]),
        }
        unknown = sorted(set(parameters) - set(self._declared))
        if unknown:
            raise UnresolvedValueError(f"the template has no parameter {unknown[0]}")

    def value(self, node: Node, *, at: str) -> Node:
        """Return `node` with everything inside resolved; `at` is its place, for error texts.

        Raises:
            UnresolvedValueError: a value inside cannot be resolved.
        """
        resolved = self._resolve(node, at)
        return None if resolved is _NO_VALUE else resolved

    def condition(self, name: str) -> bool:
        """Return the value of the template's condition of that name.

        Raises:
            UnresolvedValueError: the condition does not exist.
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
    """Return a scalar as CloudFormation writes it: booleans in lower case, numbers in digits.

    Raises:
        TemplateError: the value is not a scalar.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"{at}: expected a text, a number or a boolean")
