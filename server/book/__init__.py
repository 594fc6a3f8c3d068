"""How one book becomes true, stays true, and is withdrawn when it is not. Pure: no sockets, no clocks, no sleeps."""
