// Exact decimals as text. Numbers of the server are shown as the server wrote them; floats are for pixels alone.

const FIGURE = "\u2007"; // A space as wide as a digit.
const POINT = "\u2008"; // A space as wide as a point.

/** The whole and the fractional digits of a decimal text, without zeros at its end. */
function parts(text) {
  const [whole, fraction = ""] = text.split(".");
  return [whole, fraction.replace(/0+$/, "")];
}

/** The whole digits in groups of three. */
function grouped(whole) {
  return whole.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The text for people: groups of three, no zeros at the end. "" for null. */
export function shown(text) {
  if (text === null || text === undefined) return "";
  const [whole, fraction] = parts(text);
  return fraction ? `${grouped(whole)}.${fraction}` : grouped(whole);
}

/** As shown(), filled up so that the points of a column stand below one another. */
export function aligned(text, decimals) {
  const [whole, fraction] = parts(text);
  const gap = FIGURE.repeat(Math.max(0, decimals - fraction.length));
  if (fraction) return `${grouped(whole)}.${fraction}${gap}`;
  return decimals ? `${grouped(whole)}${POINT}${gap}` : grouped(whole);
}

/** How many decimals a text uses. */
export function decimals(text) {
  return parts(text)[1].length;
}

/** The text cut (not rounded) to at most so many decimals: for numbers that are averages. "" for null. */
export function cut(text, most) {
  if (text === null || text === undefined) return "";
  const [whole, fraction] = text.split(".");
  return fraction && most ? `${grouped(whole)}.${fraction.slice(0, most)}` : grouped(whole);
}

/** A whole number of units of 10^-scale. */
function units(text, scale) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(scale, "0"));
}

function scaleOf(...texts) {
  return Math.max(...texts.map((text) => (text.split(".")[1] || "").length));
}

function textOf(value, scale) {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  return scale ? `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` : sign + digits;
}

/** The exact sum of two decimal texts. */
export function sum(left, right) {
  const scale = scaleOf(left, right);
  return textOf(units(left, scale) + units(right, scale), scale);
}

/** Below zero, zero or above zero: as Array.sort() takes it. */
export function compared(left, right) {
  const scale = scaleOf(left, right);
  const difference = units(left, scale) - units(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sums of the sizes so far, one per level, exact. */
export function runningSums(levels) {
  const scale = levels.length ? scaleOf(...levels.map((level) => level.size)) : 0;
  let total = 0n;
  return levels.map((level) => {
    total += units(level.size, scale);
    return textOf(total, scale);
  });
}
