"""The VideoRooms port over Bandyer."""
