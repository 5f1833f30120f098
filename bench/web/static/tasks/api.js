/** Asking the workbench over HTTP: JSON there and back, and answers that come message by message. */

/** The workbench refused, in its own words. */
export class Refused extends Error {
  /** @param {number} status @param {any} problem `{code, message, remedy, facts?, problems?}` */
  constructor(status, problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

/** Nobody answered, or an answer broke off. */
export class NoAnswer extends Error {}

/** What an error means, in the shape of the workbench's own problems. Throws what is a mistake of this page. @param {any} error */
export function problemOf(error) {
  if (error instanceof Refused) return error.problem;
  if (error instanceof NoAnswer) return { code: "workbench_silent", message: error.message, facts: {} };
  throw error;
}

/** Whether asking in another way may help: the way itself failed, not what was asked. @param {any} error */
export const wayFailed = (error) => error instanceof NoAnswer || (error instanceof Refused && error.status >= 500);

/** @param {any} error */
export const aborted = (error) => error?.name === "AbortError";

/** @param {string} path @param {Record<string, any>} [query] what is null or empty is left out */
export function address(path, query = {}) {
  const asked = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return asked.length ? `${path}?${new URLSearchParams(asked.map(([name, value]) => [name, String(value)]))}` : path;
}

/** What the browser says of a broken connection, as ours. @template T @param {Promise<T>} asked @returns {Promise<T>} */
const answered = (asked) => asked.catch((error) => {
  throw aborted(error) ? error : new NoAnswer(String(error?.message ?? error));
});

/**
 * @param {string} method @param {string} path
 * @param {{query?: Record<string, any>, body?: any, signal?: AbortSignal, keepalive?: boolean, type?: string}} [options] `body` goes as JSON; a
 *   string with a `type` of its own as it is
 * @returns {Promise<Response>} only a good one. Throws `Refused`, `NoAnswer`, `AbortError`
 */
async function send(method, path, { query, body, signal, keepalive, type } = {}) {
  const written = body === undefined ? undefined : type ? body : JSON.stringify(body);
  const headers = written === undefined ? {} : { "content-type": type ?? "application/json" };
  const answer = await answered(fetch(address(path, query), { method, headers, body: written, signal, keepalive }));
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({ code: "refused", message: `${answer.status} ${answer.statusText}` }));
  throw new Refused(answer.status, problem);
}

/** @param {string} method @param {string} path @param {any} [options] see `send` @returns {Promise<any>} the answer's JSON, or null without any */
export async function ask(method, path, options) {
  const text = await answered((await send(method, path, options)).text());
  return text ? JSON.parse(text) : null;
}

/**
 * The messages of an event stream, as they come. Leaving the loop ends the request.
 *
 * @param {string} method @param {string} path @param {any} [options] see `send`
 * @returns {AsyncGenerator<any>} the JSON of each message
 */
export async function* messages(method, path, options) {
  const answer = await send(method, path, options);
  if (!answer.body) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await answered(reader.read());
      if (done) return;
      rest += value;
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const data = block.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
        if (data) yield JSON.parse(data); // a block without data is a sign of life
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
