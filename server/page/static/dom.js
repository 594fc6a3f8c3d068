// Elements, made once and changed only where their text changes.

/** A new element with a class and a text. */
export function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

/** The element of this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Sets the text of an element if it is another: equal text costs no layout. */
export function setText(target, text) {
  if (target.shownText === text) return;
  target.shownText = text;
  // The text node stays: the browser then has no element to arrange anew.
  if (target.firstChild?.nodeType === Node.TEXT_NODE && !target.firstChild.nextSibling) target.firstChild.data = text;
  else target.textContent = text;
}

/** Sets the class of an element if it is another. */
export function setClass(target, name) {
  if (target.className !== name) target.className = name;
}

/** Sets the hidden state of an element if it is another. */
export function setHidden(target, hidden) {
  if (target.hidden !== hidden) target.hidden = hidden;
}

/** Makes a canvas as many pixels large as the screen shows of it; the size in CSS pixels. */
export function fitted(canvas) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const { width, height } = canvas.boxSize;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.resized = true;
  }
  return { width, height, ratio };
}

/** Keeps the size of a canvas without asking for layout in each frame; redraw() after a change. */
export function watchSize(canvas, redraw) {
  canvas.boxSize = { width: 0, height: 0 };
  new ResizeObserver(([entry]) => {
    canvas.boxSize = { width: entry.contentRect.width, height: entry.contentRect.height };
    redraw();
  }).observe(canvas);
}
