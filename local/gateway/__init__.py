"""An emulator of API Gateway's HTTP API in front of Lambda, in pieces that are tested without sockets."""
