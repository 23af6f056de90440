"""A simulator of the provider's v1 API, with faults on demand and a working call page."""
