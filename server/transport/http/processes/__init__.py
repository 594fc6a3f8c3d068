"""HTTP in a process of its own, which the server starts, and which asks the server over one socket."""
