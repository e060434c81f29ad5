/* run.js: runs programs in a page, and tells how each of their steps settled.

   One turn: waits for the programs of the turn before, starts those that are given, and answers at
   once with what came of the earlier ones. So whoever asks can look at them while the browser works.
   Programs and outcomes travel as JSON text, for names may have lone surrogates in them. */
async (given) => {
  const RUNNING = Symbol.for("pytest-offline explore");
  const LONGEST_TEXT = 512;
  const command = JSON.parse(given);

  const pairs = (row) => row.headers || [];

  const requestOf = (row) => {
    const url = row.url === undefined ? "" : row.url;
    if (!row.made && !row.method && !pairs(row).length) {
      return url;
    }
    return new Request(url, { method: row.method || "GET", headers: pairs(row) });
  };

  const spend = async (response, how) => {
    if (how === "used") {
      await response.text();
    }
    if (how === "locked" && response.body) {
      response.body.getReader();
    }
    return response;
  };

  const make = (row) => {
    const status = row.status || 200;
    if (row.how === "error") {
      return Response.error();
    }
    if (row.how === "redirect") {
      return Response.redirect("/", status);
    }
    const body = row.body === null ? null : (row.body || "").repeat(row.times === undefined ? 1 : row.times);
    return new Response(body, { status: status, statusText: row.status_text || "", headers: pairs(row) });
  };

  const fetchOf = (row) => {
    const base = row.elsewhere ? command.elsewhere : location.href;
    return fetch(new URL(row.path || "/r/plain", base).href, { mode: row.mode || "cors" });
  };

  const responseOf = async (step) => {
    if (step.made) {
      return spend(make(step.made), step.made.spent);
    }
    return step.fetched ? spend(await fetchOf(step.fetched), step.fetched.spent) : undefined;
  };

  /* Without what is not given at all: a missing argument is not the same as undefined. */
  const args = (step) => {
    const found = (step.requests || []).slice(0, 1).map(requestOf);
    if (step.options) {
      found.push(step.options.reduce((all, pair) => { all[pair[0]] = pair[1]; return all; }, {}));
      if (found.length === 1) {
        found.unshift(undefined);
      }
    }
    return found;
  };

  const calls = {
    caches: {
      open: (step) => caches.open(step.cache),
      has: (step) => caches.has(step.cache),
      delete: (step) => caches.delete(step.cache),
      keys: () => caches.keys(),
      match: (step) => caches.match(...args(step))
    },
    cache: {
      match: (step, cache) => cache.match(...args(step)),
      matchAll: (step, cache) => cache.matchAll(...args(step)),
      keys: (step, cache) => cache.keys(...args(step)),
      delete: (step, cache) => cache.delete(...args(step)),
      put: async (step, cache) => {
        const request = requestOf(step.requests[0]);
        return cache.put(request, await responseOf(step));
      },
      add: (step, cache) => cache.add(requestOf(step.requests[0])),
      addAll: (step, cache) => cache.addAll((step.requests || []).map(requestOf))
    }
  };

  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const bodyOf = async (response) => {
    if (response.type === "opaque" || response.type === "opaqueredirect") {
      return {};
    }
    const text = await response.text();
    if (text.length <= LONGEST_TEXT) {
      return { text: text };
    }
    const bytes = new TextEncoder().encode(text);
    return { size: bytes.length, sha256: hex(await crypto.subtle.digest("SHA-256", bytes)) };
  };

  const headersOf = (response) => {
    const found = Array.from(response.headers);
    return response.url ? found.filter((pair) => command.shown.includes(pair[0])) : found;
  };

  const describe = async (response) => {
    if (!response) {
      return null;
    }
    const seen = {
      status: response.status,
      statusText: response.statusText,
      headers: headersOf(response),
      type: response.type,
      url: response.url,
      redirected: response.redirected
    };
    try {
      return Object.assign(seen, await bodyOf(response));
    } catch (error) {
      return Object.assign(seen, { size: -1, sha256: String(error) });
    }
  };

  const nothing = () => null;
  const plain = (value) => value;
  const values = {
    open: nothing,
    put: nothing,
    add: nothing,
    addAll: nothing,
    has: plain,
    delete: plain,
    keys: (found) => found.map((key) => typeof key === "string" ? key : [key.url, key.method]),
    match: describe,
    matchAll: (found) => Promise.all(found.map(describe))
  };

  const failed = (error) => ({ error: [String(error && error.name || typeof error), String(error && error.message || error)] });

  /* A body is read while the next step runs already; reading it begins here. */
  const settle = (step, value) => {
    try {
      return Promise.resolve(values[step.method](value)).then((shown) => ({ value: shown }), failed);
    } catch (error) {
      return failed(error);
    }
  };

  const stuck = failed({ name: "NeverSettled", message: "nothing came of it in " + command.patience + " ms" });

  const inTime = async (work) => {
    let timer;
    const late = new Promise((resolve) => { timer = setTimeout(() => resolve(true), command.patience); });
    await work(late);
    clearTimeout(timer);
  };

  const runStep = async (step, opened) => {
    try {
      const cache = step.target === "cache" ? opened[step.cache][step.opening || 0] : null;
      const value = await calls[step.target][step.method](step, cache);
      if (step.method === "open") {
        (opened[step.cache] = opened[step.cache] || []).push(value);
      }
      return command.bare ? null : { settled: settle(step, value) };
    } catch (error) {
      return { settled: failed(error) };
    }
  };

  const clear = async () => {
    const names = await caches.keys();
    await Promise.all(names.map((name) => caches.delete(name)));
  };

  const runProgram = async (program) => {
    if (command.fresh) {
      await clear();
    }
    const opened = Object.create(null);
    const outcomes = [];
    await inTime(async (late) => {
      const givenUp = late.then(() => ({ settled: stuck }));
      for (const step of program.steps) {
        outcomes.push(await Promise.race([runStep(step, opened), givenUp]));
      }
    });
    return Promise.all(outcomes.map((outcome) => outcome && outcome.settled));
  };

  const runAll = async (programs) => {
    const found = [];
    for (const program of programs) {
      found.push(await runProgram(program));
    }
    return found;
  };

  const earlier = globalThis[RUNNING];
  const outcomes = earlier ? await earlier : null;
  globalThis[RUNNING] = command.programs.length ? runAll(command.programs) : null;
  if (globalThis[RUNNING]) {
    globalThis[RUNNING].catch(nothing);
  }
  return JSON.stringify(outcomes);
}
