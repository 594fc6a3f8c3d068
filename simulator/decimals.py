"""Exact decimal text for scaled integers: books count ticks and lots, wires carry decimal strings."""


def scaled_text(value: int, decimals: int) -> str:
    """Write `value` x 10^-decimals with exactly `decimals` digits after the point (no point when 0)."""
    if value < 0:
        return "-" + scaled_text(-value, decimals)
    if decimals == 0:
        return str(value)
    digits = str(value)
    if len(digits) <= decimals:
        digits = digits.zfill(decimals + 1)
    return digits[:-decimals] + "." + digits[-decimals:]


def short_text(value: int, decimals: int) -> str:
    """Write `value` x 10^-decimals without trailing zeros, as a JSON number."""
    text = scaled_text(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text
