"""Exact decimal text for scaled integers: books count ticks and lots, wires carry decimal text of several spellings."""


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


def js_text(value: int, decimals: int) -> str:
    """Write `value` x 10^-decimals as JavaScript does: 64001, 0.05, and 3e-7 below a millionth."""
    if value < 0:
        return "-" + js_text(-value, decimals)
    if not value or value * 10**6 >= 10**decimals:
        return short_text(value, decimals)
    digits = str(value)
    exponent = decimals - len(digits) + 1
    rest = digits[1:].rstrip("0")
    return f"{digits[0]}{'.' if rest else ''}{rest}e-{exponent}"


def python_text(value: int, decimals: int) -> str:
    """Write `value` x 10^-decimals as Python writes a float: 64001.0, 0.05, 6e-05."""
    return repr(float(scaled_text(value, decimals)))
