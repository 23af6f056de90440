"""The code that all functions share.

`functions -> edge -> use_cases -> domain <- storage, provider <- bootstrap`: the edge decodes a request and
writes the answer, a use case decides, `domain` has records, rules and the two ports. `storage` (DynamoDB)
and `provider` (Bandyer) implement the ports. Only `bootstrap` names the adapters.
"""
