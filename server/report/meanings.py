"""What each number of a report means, and how it was computed: the end of the page, and docs/report.md."""

from __future__ import annotations

MEANINGS = (
    (
        "How the report is made",
        "onebook report plays the recording through the code that ran live (venue files, sequence rules, checksums, "
        "audits), by the recording's own clock, and looks at every book after every record. Nothing is estimated from "
        "samples. The same recording gives the same report.",
    ),
    (
        "Live",
        "The book was proved by the venue's own sequence rule or checksum, and was shown to clients. The share is the "
        "live time divided by the recorded time in which the server had this book to keep, its first start included. "
        "It is rounded down: 100 % means always.",
    ),
    (
        "Recorded",
        "Time in which the recorded server ran: from each start to its last record. Time between two runs counts for "
        "nothing.",
    ),
    (
        "Withdrawal",
        "A time in which a book that had been live was not live, from its first doubt until it was proved again. "
        "State and reason are those of its beginning. A book that is withdrawn is not shown to clients: it is hidden, "
        "not wrong.",
    ),
    (
        "Gap",
        "A sequence number that the venue skipped, or that did not reach the server. Venues that number nothing have "
        "no gaps: their checksums and audits show what is missing.",
    ),
    (
        "Resync",
        "A book that had been live was given up and built again. Silence (stale) is a withdrawal without a resync.",
    ),
    ("Frames, bytes", "Frames that changed the live book, and the bytes of their messages as they were received."),
    (
        "Checksums",
        "The venue's own checksums of its book that matched ours, and those that did not. Few venues send them.",
    ),
    (
        "Audits",
        "Comparisons of the live book with the venue's own answer to a request. Match is the lowest share of equal "
        "levels in any audit, bids and asks apart. Extra levels are levels that the book had and the venue did not; "
        "missing levels are the reverse. Both are sums over all audits.",
    ),
    (
        "Latency",
        "From the venue's own time in a message to its receipt by the server: of frames of books, and of trades. "
        "The recording has one time per message, so this is the only hop that it knows; what follows (the server, the "
        "way to a client) is not in it. The two clocks differ: the clock offset is our clock less the venue's, as the "
        "quickest messages show it, and is included in the latencies. Percentiles are right to 1 %. Messages "
        "without a time of the venue are left out.",
    ),
    (
        "Trades missing",
        "Trades that the venue's own numbers show to be missing and that its history did not have either. Complete is "
        "the time in which all trades were received. Venues whose trades are not numbered cannot show a missing one.",
    ),
    (
        "Disconnects",
        "Connections that ended though the server had not asked for their end, until they were open again. "
        "A connection that was replaced by a ready successor is no disconnect.",
    ),
    (
        "Candle alarms",
        "Candles of the trades that were thought complete and differ from the venue's own candle by more than the "
        "threshold.",
    ),
    (
        "Losses of the recorder",
        "Messages that the recording does not have: the recorder did not keep up, or a file was damaged. A book that "
        "was live then may have been live all the time; in this report its sequence shows a gap.",
    ),
    (
        "Proof",
        "Once per second the live server put digests of its books into the recording. Equal digests show that the "
        "books of this report are those that were live.",
    ),
    (
        "Pictures",
        "A coloured bar shows the worst state in each part of the time, so that the shortest withdrawal is seen. The "
        "area below shows messages per second. In histograms four bars are a factor of ten, and all share one axis.",
    ),
)
"""Terms and their meanings."""
