"""The simulator's state: users, rooms, sessions, running calls."""
