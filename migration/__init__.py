"""The move from Mia-Platform's Teleconsultation Service: settings, people, visits, and the way back.

https://github.com/mia-platform/documentation has the original's documents, under `docs/runtime_suite`.
"""
