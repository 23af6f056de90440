"""Control of the simulator: faults, seeds, connections, and the routes under /_control."""
