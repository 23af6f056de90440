"""What the functions share: the model, its rules, the use cases, and the two adapters (DynamoDB,
Bandyer).

One request goes `functions/*/app.py` -> `http` (decode, answer) -> one use case (`create`, `update`,
`delete`, `read`) -> the two ports (`ports`), implemented by `repository` and `rooms`. `bootstrap` is the only
module that knows which implementation is used.
"""
