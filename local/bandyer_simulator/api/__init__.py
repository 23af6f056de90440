"""The v1 REST API, one module for each resource."""
