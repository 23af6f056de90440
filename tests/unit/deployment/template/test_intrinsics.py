from typing import Any

import pytest

from deployment.template.intrinsics import (
    Resolver,
    ResourceValue,
    TemplateError,
    UnresolvedValueError,
    as_text,
    parse_template,
)

DOCUMENT = """
Parameters:
  Name: {Type: String, Default: Ada}
  Count: {Type: Number, Default: 3}
  Hosts: {Type: CommaDelimitedList, Default: "a, b"}
  Required: {Type: String}
Conditions:
  IsAda: !Equals [!Ref Name, Ada]
  IsBob: !Equals [!Ref Name, Bob]
  Both: !And [!Condition IsAda, !Condition IsBob]
  Either: !Or [!Condition IsAda, !Condition IsBob]
  NotBob: !Not [!Condition IsBob]
"""


def resolve(text: str, **parameters: str) -> Any:
    resolver = Resolver(
        parse_template(DOCUMENT),
        parameters=parameters,
        resources={"Table": ResourceValue("table-1", attributes={"Arn": "arn:table-1"})},
        pseudo_parameters={"AWS::Region": "eu-west-1"},
    )
    return resolver.value(parse_template(f"it: {text}")["it"], at="Here")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Name", "Ada"),
        ("!Ref Count", "3"),
        ("!Ref Hosts", ["a", "b"]),
        ("!Ref Table", "table-1"),
        ("!Ref AWS::Region", "eu-west-1"),
        ("{Ref: Name}", "Ada"),
        ("!GetAtt Table.Arn", "arn:table-1"),
        ("{'Fn::GetAtt': [Table, Arn]}", "arn:table-1"),
        (
            "!Sub '${Name} at ${Table.Arn} in ${AWS::Region}, ${!Literally}'",
            "Ada at arn:table-1 in eu-west-1, ${Literally}",
        ),
        ("!Sub ['${Word} ${Name}', {Word: !Ref Count}]", "3 Ada"),
        ("!If [IsAda, [!Ref Name], none]", ["Ada"]),
        ("!If [IsBob, yes please, 'no']", "no"),
        ("!If [Both, 1, 2]", 2),
        ("!If [Either, 1, 2]", 1),
        ("!If [NotBob, 1, 2]", 1),
        ("!Join ['-', [a, !Ref Name, 1]]", "a-Ada-1"),
        ("!Join ['-', !Ref Hosts]", "a-b"),
        ("!Select [1, !Ref Hosts]", "b"),
        ("!Split ['/', 'a/b']", ["a", "b"]),
        ("{kept: 1, gone: !Ref AWS::NoValue}", {"kept": 1}),
        ("[1, !If [IsBob, 2, !Ref AWS::NoValue]]", [1]),
        ("!Ref AWS::NoValue", None),
        ("2012-10-17", "2012-10-17"),
        ("{Condition: {Bool: {a: b}}}", {"Condition": {"Bool": {"a": "b"}}}),
    ],
)
def test_a_function_gives_its_value(text: str, value: Any) -> None:
    assert resolve(text) == value


def test_a_given_parameter_replaces_the_default() -> None:
    assert resolve("!If [IsBob, !Ref Name, nobody]", Name="Bob") == "Bob"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("!Ref Bucket", "Bucket"),
        ("!Ref Required", "Required"),
        ("!GetAtt Table.StreamArn", "Table.StreamArn"),
        ("!Sub '${Bucket}'", "Bucket"),
        ("!Sub '${Bucket.Arn}'", "Bucket.Arn"),
        ("!If [Unheard, 1, 2]", "Unheard"),
        ("!ImportValue other", "Fn::ImportValue"),
        ("{deep: [{inside: !Ref Bucket}]}", "Here.deep"),
    ],
)
def test_what_has_no_value_is_named(text: str, named: str) -> None:
    with pytest.raises(UnresolvedValueError) as caught:
        resolve(text)

    assert named in str(caught.value)


def test_a_parameter_the_template_does_not_have_is_refused() -> None:
    with pytest.raises(UnresolvedValueError, match="Typo"):
        resolve("!Ref Name", Typo="1")


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (25, "25"), ("x", "x")])
def test_scalars_are_written_as_cloudformation_writes_them(value: Any, text: str) -> None:
    assert as_text(value, at="Here") == text


def test_a_list_is_no_text() -> None:
    with pytest.raises(TemplateError, match="Here"):
        as_text(["a"], at="Here")


@pytest.mark.parametrize("text", ["just text", "a: [", "- 1"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        parse_template(text)


def test_a_tag_cannot_build_python_objects() -> None:
    with pytest.raises(TemplateError):
        parse_template("a: !!python/object/apply:os.getcwd []")
