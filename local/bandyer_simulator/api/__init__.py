"""The v1 REST contract: one module a resource."""
