"""Values that have broken programs before, and strategies for those nobody has thought of yet."""

import json
from typing import Any, Final

from hypothesis import strategies as st

CANARY: Final = "xq7zv"
CANARY_NUMBER: Final = 7351973519
CANARIES: Final = (CANARY, str(CANARY_NUMBER))
"""Part of most hostile values, so that one which is repeated to somebody is found."""

# The first three are raw JSON or nearly so, in words; a blank inside one is written as \u0020.
_NUMBERS: Final = rf"""
    0 -0 -1 1 25 26 299 300 86400 86401 2.0 2.5 2e0 1e2 9007199254740993 2147483648 9223372036854775808
    18446744073709551616 1e22 1e308 1e309 1e999 -1e999 1e-999 1e999999999 {CANARY_NUMBER} {CANARY_NUMBER}.5
    {CANARY_NUMBER}e5 {"9" * 5000} 0.{"9" * 5000} -{"1" * 400}
    NaN -NaN Infinity -Infinity nan inf 0x10 010 +1 .5 1. 1e 1_0
"""
_TEXTS: Final = rf"""
    "" "\u0020" "\u0020\u0020" "\t" "\n" "\r\n" "\b" "\u0000" "\u0000xq7zv" "\u001b[2J" "\u007f" "\u0080"
    "\u0085"
    "\u061c" "\u3164"
    "\u00a0" "\u00ad" "\u1680" "\u2003" "\u200b" "\u2028" "\u2029" "\u202exq7zv" "\u2066" "\u3000" "\ufeff"
    "\ufffd"
    "\uffff" "\udbff\udfff" "\ud83d\ude00" "\ud83d\udc68\u200d\ud83d\udc69" "\u0130" "\ufdfa"
    "\ud800" "\udfff" "\udc00\ud800" "\ud800xq7zv" "\ud800\u0041" "\x41" "\u" "\u12" "\U0001f600" "\
    "{"x" * 100}" "{"x" * 101}" "{"x" * 255}" "{"x" * 256}" "{"x" * 2049}" "{"é" * 1025}" "{"x" * 100_000}"
    "{"x" * 99}\u0000" "{"x" * 100}\u0000" "{"x" * 254}\u0020" "{"x" * 255}\u2028" "{"x" * 60_000}\u0000"
    "{"x\u0020" * 127}" "{"\u0020" * 60_000}\u0000" "it{"-x" * 16}_" "it{"-x" * 30_000}-" "it_IT"
    "{r"\ud83d\ude00" * 100}" "{r"\ud83d\ude00" * 255}" "{r"\ud83d\ude00" * 512}" "{r"e\u0301" * 50}"
    "null" "true" "0" "-1" "NaN" "undefined" "None" "[]" "doctor" "Doctor" "doctor\u0000" "patient" "it"
    "it-" "i"
    "'\u0020OR\u00201=1\u0020--xq7zv" "\"xq7zv" "\\xq7zv" "\/" "${{jndi:ldap://xq7zv/y}}" "{{{{7*7}}}}xq7zv"
    "%s%n"
    "<script>xq7zv</script>" "../../etc/xq7zv" "USER#doctor-1" "TELECONSULTATION#xq7zv" "a,b" "a#b"
    "__proto__" "pk"
"""
_STRUCTURES: Final = rf"""
    null true false [] {{}} [null] [[]] [{{}}] [[],{{}}] [true,0] {{"":null}} {{"xq7zv":"xq7zv"}}
    {"[" * 100}{"]" * 100} {"[" * 250}{"]" * 250} {"[" * 20_000}{"]" * 20_000} {"[" * 100_000}
    {'{"a":' * 100}1{"}" * 100} {'{"a":' * 9000}1{"}" * 9000} {'{"a":[' * 9000} [{"null," * 5000}null]
    {{"a":1,"a":2}} {{"":1,"":2}} {{"number":2,"number":3}} {{"number":2,"data":[],"data":[]}}
    {{"number":2}} {{"data":null}} {{"number":2,"data":[]}} {{"number":25,"data":[{{}}]}}
    {{"number":"xq7zv","data":1}}
    ["x","x"] ["doctor-1","patient-1"] ["doctor-1","xq7zv"] ["doctor-1"] ["doctor-1",7351973519]
    {{ [ ] }} " "xq7zv 'xq7zv' xq7zv undefined True nul 1,2 ,1 1, /**/1 1//xq7zv 1; [1,] {{"a":1,}} {{1:1}}
    {{a:1}}
"""
_NOT_UTF8: Final = (
    *(
        b"",
        b" ",
        b"1 2",
        b"\xef\xbb\xbf1",
        b"\x00",
        b"\xff",
        b"\xfe\xff",
        b'"\x00"',
        b'"\n"',
        b'"\x1f"',
        b'"\xff"',
    ),
    *(b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b'"xq7zv\x80"'),
)
_DATES: Final = """
    0000-01-01T00:00:00Z 0001-01-01T00:00:00Z 0001-01-01T00:00:00+23:59 0001-01-01T00:00:00-23:59
    9999-12-31T23:59:59.999999999Z 9999-12-31T23:59:59-23:59 9999-12-31T23:59:59+23:59 12030-12-01T15:30:00Z
    1999-12-31T23:59:59.999Z 2000-01-01T00:00:00Z 2000-01-01T00:00:00+00:01 2000-01-01T00:00:00+23:59
    2999-12-31T23:59:59.999Z 2999-12-31T23:59:59-23:59 3000-01-01T00:00:00Z 3000-01-01T00:00:00+23:59
    2030-12-31T23:59:60Z 2016-12-31T23:59:60Z 2030-12-01T24:00:00Z 2030-12-01T25:00:00Z 2030-12-01T15:60:00Z
    2030-12-03T15:30:00+23:59 2030-12-03T15:30:00-23:59 2030-12-03T15:30:00+24:00 2030-12-03T15:30:00+99:99
    2030-12-03T15:30:00-00:00 2030-12-03T15:30:00+00:60 2030-12-03T15:30:00+0100 2030-12-03T15:30:00+1:00
    2026-02-29T00:00:00Z 2028-02-29T00:00:00Z 2026-04-31T00:00:00Z 2026-00-01T00:00:00Z 2026-13-01T00:00:00Z
    2030-12-00T00:00:00Z 2030-12-32T00:00:00Z 2030-12-01 2030-12-01T15:30Z 2030-12-01T15:30:00
    20261201T153000Z
    2026-W49-2T15:30:00Z 2026-335T15:30:00Z 2030-12-01t15:30:00z 2030-12-01T15:30:00.Z 2030-12-01T15:30:00,5Z
    2030-12-03T15:30:00.1234567890Z 2030-12-03T15:30:00.999999999Z 2030-12-03T15:30:00Z[UTC]
    -2030-12-01T15:30:00Z
    +02030-12-01T15:30:00Z 1e9 1796139000 now
    2030-12-01T15:30:00Zxq7zv 2030-12-03T16:30+01 2030-12-03T16:30:00,5+0100
"""
DATES: Final = (
    *_DATES.split(),
    *("2030-12-03T15:30:00Z\n", "2030-12-03T15:30:00Z\0", " 2030-12-03T15:30:00Z", "2030-12-03 15:30:00Z"),
    f"2030-12-03T15:30:00.{'0' * 60_000}x",
    "\u0662\u0660\u0662\u0666-12-01T15:30:00Z",
)

FRAGMENTS: Final = (
    *(word.encode() for words in (_NUMBERS, _TEXTS, _STRUCTURES) for word in words.split()),
    *(json.dumps(date).encode() for date in DATES),
    *_NOT_UTF8,
)
"""JSON as it stands in a body, or what is nearly JSON."""


def _read(word: str) -> str | None:
    try:
        text: str = json.loads(word)
    except ValueError:
        return None
    return text


TEXTS: Final = tuple(text for word in _TEXTS.split() if (text := _read(word)) is not None)

# Lone surrogates, which JSON can write and no encoding can carry; controls, formats, blanks, unassigned ones.
odd_characters: Final = st.one_of(
    st.characters(categories=["Cs"]), st.characters(categories=["Cc", "Cf", "Z", "Co", "Cn"]), st.characters()
)
texts: Final = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(DATES),
    st.text(max_size=30),
    st.text(odd_characters, min_size=1, max_size=10),
).flatmap(lambda text: st.sampled_from((text, text + CANARY, CANARY + text)))

_scalars: Final = st.one_of(
    st.sampled_from((None, True, False, CANARY_NUMBER, 10**400, float("nan"), float("-inf"))),
    st.integers(min_value=-2, max_value=30),
    st.integers(),
    st.floats(),
    texts,
)
_NAMES: Final = (
    *(
        "participants",
        "number",
        "data",
        "userExternalId",
        "userId",
        "groups",
        "group",
        "fullName",
        "language",
    ),
    *("start_date", "end_date", "duration_in_seconds", "renewJoinLinks", "notice", "reference", "metadata"),
)
names: Final = st.one_of(st.sampled_from(_NAMES), texts)


def _containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(children, max_size=4), st.dictionaries(names, children, max_size=4))


values: Final[st.SearchStrategy[Any]] = st.recursive(_scalars, _containers, max_leaves=8)


def encoded(document: Any, *, ascii_only: bool) -> bytes:
    """Write a document as JSON, NaN, infinities and lone surrogates as they are."""
    return json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
