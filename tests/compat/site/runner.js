"use strict";
// Runs programs of docs/compat in a page or a worker, and says what each statement came to.

const CASE_LIMIT = 20000;

const place = { elsewhere: "" };

const helpers = {
  // This origin's own absolute URL, and that of another origin.
  at: (path) => new URL(path, location.origin).href,
  elsewhere: (path) => new URL(path, place.elsewhere).href,
  // What an expression comes to somewhere else, told there.
  inWorker: (text) => ask(dedicated(), { text }).then(told),
  inSharedWorker: (text) => ask(new SharedWorker("/shared.js").port, { text }).then(told),
  inServiceWorker: async (text) => ask(await service(), { text }).then(told),
  // A frame of a page that a service worker controls.
  controlled: async (folder) => {
    await serviceWorker(folder + "service.js", folder);
    return openFrame(folder + "page.html");
  },
  frame: (path) => openFrame(path || "/empty.html"),
  // How something that may be refused under many names ended.
  ends: (promise) => promise.then(() => "fulfilled", () => "rejected"),
  // A body that arrives piece by piece, and may break.
  bodyOf: (pieces, broken) => new ReadableStream({
    pull(stream) {
      if (pieces.length) stream.enqueue(new TextEncoder().encode(pieces.shift()));
      else if (broken) stream.error(new TypeError("broken"));
      else stream.close();
    },
  }),
};

function openFrame(url) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    frame.onload = () => resolve(frame.contentWindow);
    document.body.append(frame);
  });
}

async function serviceWorker(script, scope) {
  const registration = await navigator.serviceWorker.register(script, { scope });
  const worker = registration.active || registration.waiting || registration.installing;
  if (worker.state !== "activated") {
    await new Promise((resolve) => {
      worker.addEventListener("statechange", () => worker.state === "activated" && resolve());
    });
  }
  return worker;
}

const dedicated = () => new Worker("/dedicated.js");
const service = () => serviceWorker("/service.js", "/worker/");

// What a worker answers: to {text} what the expression came to, to {programs} what runPrograms gives.
function ask(worker, question) {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data);
    worker.postMessage({ ...question, elsewhere: place.elsewhere }, [channel.port2]);
  });
}

// What was told elsewhere is not told a second time.
const told = (text) => ({ told: text });

self.answer = async ({ data, ports }) => {
  place.elsewhere = data.elsewhere;
  ports[0].postMessage(
    data.programs ? await runPrograms(data.programs, data.elsewhere) : await outcome({}, data.text));
};

async function tell(value) {
  if (value === undefined || value === null) return String(value);
  if (value.told !== undefined) return value.told;
  if (typeof value === "string") return JSON.stringify(short(value));
  if (Array.isArray(value)) return `[${(await Promise.all(value.map(tell))).join(", ")}]`;
  switch (Object.prototype.toString.call(value).slice(8, -1)) {
    case "Response": return tellResponse(value);
    case "Request": return (value.method === "GET" ? "" : value.method + " ") + JSON.stringify(short(value.url));
    case "Boolean": case "Number": return String(value);
    default: return Object.prototype.toString.call(value).slice(8, -1);
  }
}

async function tellResponse(response) {
  if (["error", "opaque", "opaqueredirect"].includes(response.type)) return response.type;
  const body = await response.text().then(JSON.stringify, (error) => error.name);
  return response.status === 200 ? body : `${response.status} ${body}`;
}

const short = (url) => (url.startsWith(location.origin + "/") ? url.slice(location.origin.length) : url);

async function outcome(names, text) {
  try {
    return await tell(await value(names, text));
  } catch (error) {
    return (error && error.name) || String(error);
  }
}

// The names are parameters: a program may not see this file's own.
const value = (names, text) => {
  const all = { ...helpers, ...names };
  const run = new Function(...Object.keys(all), `return (async () => (${text}\n))();`);
  return run(...Object.values(all));
};

async function runOne(program) {
  const names = {};
  const outcomes = [];
  if (program.some(({ text }) => /\bcache\b/.test(text))) names.cache = await caches.open("v1");
  for (const { name, text } of program) {
    if (!name) outcomes.push(await outcome(names, text));
    else {
      try {
        names[name] = await value(names, text);
      } catch (error) {
        outcomes.push(error.name);
      }
    }
  }
  return outcomes;
}

async function clear() {
  for (const name of await caches.keys()) await caches.delete(name);
}

// programs: [[{name, text}, ...], ...]. A program that never ends is told as one that does not.
self.runPrograms = async (programs, elsewhere) => {
  place.elsewhere = elsewhere;
  const all = [];
  for (const program of programs) {
    if (self.caches) await clear();
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve(["does not settle"]), CASE_LIMIT);
    });
    all.push(await Promise.race([runOne(program), late]));
    clearTimeout(timer);
    if (self.document) document.querySelectorAll("iframe").forEach((frame) => frame.remove());
  }
  return all;
};

// The same in a worker of this page: "dedicated" or "service".
self.runProgramsIn = async (kind, programs, elsewhere) => {
  place.elsewhere = elsewhere;
  return ask(await (kind === "service" ? service() : dedicated()), { programs });
};
