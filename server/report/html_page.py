"""The page of a report: one file of HTML without scripts, which asks no network for anything."""

from __future__ import annotations

from . import html_tables as tables
from .gap_report import GapReport, VenueReport
from .html_tags import section, text
from .meanings import MEANINGS
from .page_style import STYLE
from .report_words import counted, duration, moment, percent, size
from .svg_pictures import LEGEND, class_range, class_words, histogram, rate_line, state_bar

SECOND = 1_000_000_000
_MILLION = 1_000_000
_GOOD_PPM = 990_000
"""A venue whose books were live for less is marked."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A browser refuses whatever the page should not have."""


def html_page(report: GapReport) -> str:
    """The whole page."""
    title = f"Gap report: {report.recording.name}"
    parts = (
        _header(report),
        section("Each venue in a sentence", _sentences(report)),
        section("Books over time", _legend(), *(_timelines(report, venue) for venue in report.venues)),
        section("Books", tables.books_table(report)),
        section("Trades, candles and audits", tables.checks_table(report)),
        section("Longest withdrawals", tables.withdrawals_table(report)),
        section("Connections", tables.connections_table(report), tables.disconnects_table(report)),
        section("Latency: the venue's time to our receipt", _histograms(report), tables.latency_table(report)),
        section("Missing trades", tables.trade_gaps_table(report)),
        section("Candle alarms", tables.alarms_table(report)),
        section("The recording", _recording(report), tables.losses_table(report), tables.damage_list(report)),
        section("Runs of the recorded server", tables.runs_table(report)),
        section("What the numbers mean", _meanings()),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _header(report: GapReport) -> str:
    venues = report.venues
    books = [book for venue in venues for book in venue.books]
    live, observed = sum(book.live_ns for book in books), sum(book.observed_ns for book in books)
    losses = sum(loss.messages or 0 for loss in report.losses)
    unknown = any(loss.messages is None for loss in report.losses)
    tiles = (
        (duration(report.recorded_ns), "recorded", False),
        (percent(live * _MILLION // observed) if observed else tables.NONE, "of it books live", False),
        (str(len(books)), f"books on {counted(sum(bool(venue.books) for venue in venues), 'venue')}", False),
        (f"{sum(venue.messages for venue in venues):,}", "messages", False),
        (size(sum(venue.bytes for venue in venues)), "received", False),
        (f"{sum(book.gaps for book in books):,}", "sequence gaps", False),
        (f"{sum(book.withdrawal_count for book in books):,}", "withdrawals", False),
        (f"{sum(venue.disconnect_count for venue in venues):,}", "disconnects", False),
        (f"{losses:,}{' or more' if unknown else ''}", "messages lost by the recorder", bool(losses or unknown)),
    )
    shown = "".join(
        f'<div class="tile{" bad" if bad else ""}"><b>{text(value)}</b><span>{text(words)}</span></div>'
        for value, words, bad in tiles
    )
    span = f"{moment(report.begin_ns)} to {moment(report.end_ns)} UTC"
    return (
        f"<header><h1>Gap report: {text(report.recording.name)}</h1>"
        f'<p class="quiet">{text(span)}. Made by onebook {text(report.onebook)} from a recording of raw messages.</p>'
        f'{_proof(report)}<div class="tiles">{shown}</div></header>'
    )


def _proof(report: GapReport) -> str:
    """Whether the books of the report are those that were live."""
    proof = report.proof
    if proof.different:
        words = f"{counted(proof.different, 'digest')} of the live server differ from the books of this report"
        return f'<p class="bad-text">{text(words)}: its numbers are not those of the live server.</p>'
    if not proof.equal:
        return '<p class="quiet">The recording has no digests of live books to compare with.</p>'
    words = f"All {proof.equal:,} digests of the live server's books that could be compared are equal to this report's."
    return f'<p class="quiet">{text(words)}</p>'


def _sentences(report: GapReport) -> str:
    rows = "".join(f'<li class="{_grade(venue)}">{text(venue.sentence, 1000)}</li>' for venue in report.venues)
    return f'<ul class="sentences">{rows}</ul>'


def _grade(venue: VenueReport) -> str:
    """Whether a venue was as it should be: the colour of its sentence."""
    if not venue.books:
        return "nothing"
    if any(book.coverage_ppm < _GOOD_PPM or book.trades.missing for book in venue.books):
        return "bad"
    return "flawed" if any(book.withdrawal_count or book.trades.gap_count for book in venue.books) else "good"


def _legend() -> str:
    items = "".join(f'<span><i class="s-{group}"></i>{text(words)}</span>' for group, words in LEGEND.items())
    return f'<p class="legend">{items}</p>'


def _timelines(report: GapReport, venue: VenueReport) -> str:
    if not venue.books:
        return ""
    rows = [_row(text(book.pair), state_bar(book.timeline), percent(book.coverage_ppm)) for book in venue.books]
    line, most = rate_line(venue.messages_by_part, report.part_ns / SECOND)
    mean = venue.messages * SECOND / max(1, report.recorded_ns)
    rows.append(_row(f"messages per second, {mean:,.0f} on average", line, f"max {most:,.0f}"))
    axis = f'<div class="row"><div class="axis">{_axis(report)}</div></div>'
    left = ", ".join(venue.not_subscribed)
    others = f'<p class="quiet">Not subscribed: {text(left)}</p>' if left else ""
    return f'<div class="card"><h3>{text(venue.venue)}</h3>{"".join(rows)}{axis}{others}</div>'


def _row(label: str, picture: str, end: str) -> str:
    return f'<div class="row"><span>{label}</span>{picture}<span class="end">{text(end)}</span></div>'


def _axis(report: GapReport) -> str:
    """Times below the pictures, at equal distances."""
    length = report.end_ns - report.begin_ns
    marks = []
    for quarter in range(5):
        words = moment(report.begin_ns + length * quarter // 4)
        begin = 5 if length > 86_400 * SECOND else 11
        end = 16 if length > 1200 * SECOND else 19
        extra = ' class="extra"' if quarter % 2 else ""
        marks.append(f"<span{extra}>{text(words[begin:end])}</span>")
    return "".join(marks)


def _histograms(report: GapReport) -> str:
    pairs = [(venue, what, latency) for venue in report.venues
             for what, latency in (("frames of books", venue.latency), ("trades", venue.trade_latency))
             if latency.count]  # fmt: skip
    classes = class_range([latency for _, _, latency in pairs])
    if not classes:
        return ""
    rows = "".join(
        _row(f'{text(venue.venue)} <span class="quiet">{what}</span>', histogram(latency, classes),
             f"p50 {duration(latency.p50_ns or 0)}")
        for venue, what, latency in pairs
    )  # fmt: skip
    middle = classes.start + len(classes) // 2
    marks = (class_words(classes.start), class_words(middle), class_words(classes.stop))
    axis = "".join(f"<span>{text(mark)}</span>" for mark in marks)
    return f'<div class="card">{rows}<div class="row"><div class="axis">{axis}</div></div></div>'


def _recording(report: GapReport) -> str:
    facts = report.recording
    open_ones = f", {facts.unsealed:,} of them without an end" if facts.unsealed else ""
    unread = f" {counted(report.unreadable_records, 'record')} could not be read." if report.unreadable_records else ""
    words = (
        f"{counted(facts.segments, 'segment')}{open_ones}, {counted(facts.blocks, 'block')}, "
        f"{counted(facts.records, 'record')}, {size(facts.bytes)} on the disk.{unread}"
    )
    none = "" if report.losses or facts.damage else " No message is known to be missing in the recording."
    return f"<p>{text(words)}{none}</p>"


def _meanings() -> str:
    return "<dl>" + "".join(f"<dt>{text(term)}</dt><dd>{text(words, 2000)}</dd>" for term, words in MEANINGS) + "</dl>"
