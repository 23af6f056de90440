"""An adapter between the Mia-Platform Appointment Manager and the service: http and platform headers come in,
https with the address of the original and a bearer token goes out.
"""
