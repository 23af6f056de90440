"""Read template.yaml for the deployment and for the local stack."""
