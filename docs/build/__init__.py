"""Makes the parts of docs/ that follow from the code: `make openapi`, `make architecture`."""
