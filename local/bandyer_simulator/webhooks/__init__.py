"""Webhooks: the events of rooms and calls, signed and posted to those who subscribed."""
