// Questions with one answer: GET /v1/NAME.

/** An answer that is an error, in the server's own words. */
export class AnswerError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the server asks for a token. */
  get needsToken() {
    return this.status === 401 || this.code === "unauthenticated";
  }
}

/** The parameters that are not empty. */
export function given(parameters) {
  const kept = ([, value]) => value !== "" && value !== null && value !== undefined;
  return Object.fromEntries(Object.entries(parameters).filter(kept));
}

/** The address of a call with its parameters; empty ones are left out. */
export function address(path, parameters) {
  const text = new URLSearchParams(given(parameters)).toString();
  return text ? `${path}?${text}` : path;
}

/** The error that an answer of HTTP holds. */
export async function errorOf(response) {
  const text = await response.text();
  try {
    const { code, message } = JSON.parse(text);
    return new AnswerError(response.status, code, message);
  } catch {
    return new AnswerError(response.status, "", `the server answered ${response.status}`);
  }
}

/** The answer as JSON. Throws AnswerError; TypeError or a DOMException where there is no answer in time. */
export async function ask(path, parameters = {}, withinMs = 5000) {
  const response = await fetch(address(path, parameters), {
    signal: AbortSignal.timeout(withinMs),
    credentials: "same-origin",
    cache: "no-store",
  });
  if (!response.ok) throw await errorOf(response);
  return response.json();
}
