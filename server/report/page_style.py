"""The style sheet of a report's page: light and dark, wide and narrow, and on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --text: #1c2024; --quiet: #5c646d; --line: #e1e4e8;
 --live: #2e9b68; --stale: #d99a00; --withdrawn: #d0342c; --down: #7d3c98; --building: #5a8dee; --halted: #9aa1a9;
 --none: #e9ebee; --accent: #2f6fb5; }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --card: #1b1f24; --text: #e6e8ea; --quiet: #9aa3ad;
 --line: #30363d; --live: #3aa876; --stale: #e0aa2b; --withdrawn: #f0564d; --down: #b07cc9; --building: #6f9cf3;
 --halted: #7c848d; --none: #2a2f35; --accent: #6aa5e8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
 Roboto, "Noto Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 36px 0 10px; }
h3 { font-size: 15px; margin: 0 0 8px; }
p { margin: 0 0 8px; max-width: 100ch; }
.quiet, td small { color: var(--quiet); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 10px; margin: 18px 0 0; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; }
.card { margin: 0 0 12px; overflow-wrap: anywhere; }
.tile b { display: block; font-size: 17px; white-space: nowrap; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--quiet); font-size: 13px; }
.bad b, .bad-text { color: var(--withdrawn); }
ul.sentences { list-style: none; margin: 0; padding: 0; }
ul.sentences li { padding: 7px 0 7px 12px; border-left: 4px solid var(--live); margin: 0 0 6px; }
ul.sentences li.flawed { border-left-color: var(--stale); }
ul.sentences li.bad { border-left-color: var(--withdrawn); }
ul.sentences li.nothing { border-left-color: var(--halted); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--quiet); margin: 0 0 10px;
 max-width: none; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 6px; }
.row { display: grid; grid-template-columns: 150px 1fr 74px; gap: 2px 12px; align-items: center; margin: 0 0 5px;
 font-size: 13px; }
.row .end { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.row .axis { grid-column: 2; display: flex; justify-content: space-between; color: var(--quiet); font-size: 12px;
 font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; overflow: visible; }
svg.states { height: 16px; border-radius: 3px; overflow: hidden; background: var(--none); }
svg.rates { height: 30px; } svg.histogram { height: 46px; border-bottom: 1px solid var(--line); }
.rate { fill: var(--accent); opacity: .55; } .latency { fill: var(--accent); }
.s-live { fill: var(--live); background: var(--live); } .s-stale { fill: var(--stale); background: var(--stale); }
.s-withdrawn { fill: var(--withdrawn); background: var(--withdrawn); }
.s-down { fill: var(--down); background: var(--down); } .s-none { fill: var(--none); background: var(--none); }
.s-building { fill: var(--building); background: var(--building); }
.s-halted { fill: var(--halted); background: var(--halted); }
.table { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto;
 margin: 0 0 12px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
th { color: var(--quiet); font-weight: 500; vertical-align: bottom; line-height: 1.25; }
td { white-space: nowrap; }
.text { text-align: left; } td.long { white-space: normal; overflow-wrap: anywhere; min-width: 220px; }
dl { margin: 0; max-width: 90ch; } dt { font-weight: 600; margin: 10px 0 0; } dd { margin: 0; }
@media (max-width: 700px) {
 main { padding: 18px 12px 40px; } h1 { font-size: 22px; }
 .tiles { grid-template-columns: repeat(2, 1fr); }
 .row { grid-template-columns: 1fr auto; margin: 0 0 9px; }
 .row > svg { grid-column: 1 / -1; grid-row: 2; } .row .axis { grid-column: 1 / -1; }
 .row .axis .extra { display: none; }
 .table { background: none; border: 0; overflow: visible; }
 thead { display: none; } table, tbody { display: block; }
 tr { display: grid; grid-template-columns: 1fr 1fr; gap: 0 16px; background: var(--card); padding: 8px 12px;
  border: 1px solid var(--line); border-radius: 8px; margin: 0 0 10px; }
 td, td.long { display: flex; justify-content: space-between; gap: 10px; padding: 3px 0; border: 0; text-align: right;
  min-width: 0; }
 td::before { content: attr(data-name); color: var(--quiet); text-align: left; white-space: normal; }
 td.text { grid-column: 1 / -1; } td.head { grid-column: auto; font-weight: 600; justify-content: flex-start; }
 td.head::before { content: none; } td.head:not(.head + .head):not(:has(+ .head)) { grid-column: 1 / -1; }
 td.text::before { flex: none; }
}
@media print {
 :root { color-scheme: light; --page: #fff; --card: #fff; --text: #000; --quiet: #444; --line: #bbb; --live: #2e9b68;
  --stale: #d99a00; --withdrawn: #d0342c; --down: #7d3c98; --building: #5a8dee; --halted: #9aa1a9; --none: #e9ebee;
  --accent: #2f6fb5; }
 body { font-size: 11px; } main { max-width: none; padding: 0; } table, .row { font-size: 9.5px; }
 th, td { padding: 3px 5px; } .card, .tile, tr { break-inside: avoid; } h2 { break-after: avoid; }
 svg, .legend i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
