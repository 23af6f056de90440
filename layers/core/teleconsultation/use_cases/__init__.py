"""One verb a module, and what the use cases share; ports in, records out."""
