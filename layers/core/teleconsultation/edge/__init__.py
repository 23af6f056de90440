"""What API Gateway sends in and gets back: decoding, answers, problems, the log of requests."""
