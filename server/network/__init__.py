"""How bytes reach a venue and come back: sockets, proxies, handshakes, REST answers, request budgets."""
