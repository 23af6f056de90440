"""An honest server of the provider's v1 contract, with faults on demand and a call page."""
