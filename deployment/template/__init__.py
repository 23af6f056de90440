"""Reads template.yaml: what it deploys, for the deployment itself and for the laptop."""
