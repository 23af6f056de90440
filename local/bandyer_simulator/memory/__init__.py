"""What the simulator holds: users, rooms, sessions, running calls."""
