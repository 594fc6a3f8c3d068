"""What a client may take, and all of them together, before anything is served to them; the same on every transport."""

MAX_REQUEST_BYTES = 64 << 10
# A client's own limit answers with a reason, so HTTP/2's, which lets calls wait without a word, must lie behind it.
CALLS_BESIDE_STREAMS = 200
# Seconds from the headers of a call to its request. An honest client sends both at once.
REQUEST_WITHIN = 5.0
# Seconds for an answer to be read, and between two requests of a call that has many.
CLIENT_WITHIN = 30.0
# Seconds that the calls of an old connection have to end before they are ended.
AGE_GRACE = 10.0
# Calls without a request yet, in all and per connection.
HALF_OPEN, HALF_OPEN_PER_CONNECTION = 1_000, 100
# Calls whose answer is being made or read, in all, and the threads that make answers.
CALLS, THREADS = 1_000, 16
# Bytes of answers that have not been read, from which on no further one is made.
UNREAD, UNREAD_PER_CONNECTION = 64 << 20, 8 << 20
