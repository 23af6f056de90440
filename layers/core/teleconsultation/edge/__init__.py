"""The edge to API Gateway: decoding, answers, problems, the log of requests."""
