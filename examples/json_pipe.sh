#!/bin/sh
# Best bid, best ask and spread of a market as tab-separated text, with nothing but a shell and Python:
#   ./json_pipe.sh [MARKET] [HOST:PORT] [COUNT]
# One JSON object a line; exact decimals are strings. With jq the last command would be:
#   jq -r '[.bids[0].price, .asks[0].price, .spread] | @tsv'
set -eu
onebook watch "${1:-BTC/USDT}" --server "${2:-127.0.0.1:50052}" --levels 1 --json ${3:+--count "$3"} |
    python3 -u -c '
import json, sys
for line in sys.stdin:
    book = json.loads(line)
    if book["bids"] and book["asks"]:
        print(book["bids"][0]["price"], book["asks"][0]["price"], book["spread"], sep="\t")
'
