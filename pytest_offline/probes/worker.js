/* worker.js: how a worker's records leave it, and what a service worker lives through. */

/* A record is written at once, not in the next task: a worker may tell its page that it is done and
   be ended, or not get a turn for long on a busy machine, and the page that asks then has to find it.
   Only what the script does as it is loaded goes together, in the task after: whoever finds that the
   worker began has to find what it listens to as well. And where many are being written the next
   wait. A page that waits is told by channel, and how many of the records are in the log, from the
   first without a gap. */
const MOST_WRITES = 16;
const beyond = new Set();
let stored = 0;
let writing = 0;
let loaded = false;
let channel;

const tell = (records) => {
  if (!channel && native.BroadcastChannel) {
    channel = new native.BroadcastChannel(CHANNEL);
  }
  if (channel) {
    channel.postMessage({ place: place, records: records, stored: stored });
  }
};

const flush = () => {
  if (!unsent.length || writing >= MOST_WRITES) {
    return;
  }
  writing += 1;
  const batch = takeBatch();
  const written = () => {
    writing -= 1;
    batch.records.forEach((entry) => { beyond.add(entry.number); });
    while (beyond.delete(stored)) {
      stored += 1;
    }
    tell([]);
    flush();
  };
  const failed = () => { writing -= 1; unsent = batch.records.concat(unsent); native.setTimeout(flush, 20); };
  attend(storeBatch(batch), written, failed);
};

/* A page may end its own worker as soon as it has heard from it, a debugger a service worker, and no
   write is that fast: such a worker hands each record to its pages besides. Nothing but the browser
   ends a service worker of Firefox, and only an idle one. */
const tellsAtOnce = kind === "worker";
const tellsOnceLoaded = kind === "serviceworker" && !scope.InternalError;
const turn = new native.MessageChannel();
turn.port1.onmessage = () => {
  loaded = true;
  turn.port1.close();
  if (tellsOnceLoaded) {
    tell(unsent);
  }
  flush();
};
turn.port2.postMessage(0);
wake = (entry) => {
  if (tellsAtOnce || tellsOnceLoaded && loaded) {
    tell([entry]);
  }
  if (loaded) {
    flush();
  }
};

record("began", {});

replaceMethod(scope, "fetch", (original, self, args) => {
  const request = describeRequestSafely(args[0]);
  const call = record("request", { url: request.url, method: request.method }).number;
  return observe(native.apply(original, self, args),
    (response) => {
      sources.set(response, { source: "network", cache: null });
      record("response", { request: call, status: response.status, error: null });
    },
    (error) => { record("response", { request: call, status: null, error: describeError(error) }); });
});

if (kind === "serviceworker") {
  /* The promises given to waitUntil, and whether they failed: the browser attends to them too, so
     attending here makes no rejection handled that was not. */
  const lifetimes = new WeakMap();
  replaceMethod(scope.ExtendableEvent.prototype, "waitUntil", (original, self, args) => {
    const result = native.apply(original, self, args);
    const life = lifetimes.get(self);
    if (life) {
      life.pending += 1;
      const settle = (error) => {
        life.pending -= 1;
        if (error) { life.failed = error; }
        if (life.pending === 0 && life.dispatched) { life.done(); }
      };
      attend(args[0], () => { settle(null); }, (error) => { settle(describeError(error)); });
    }
    return result;
  });

  const watchLife = (name) => {
    scope.addEventListener(name, (event) => {
      const life = { pending: 0, failed: null, dispatched: false, done: () => {
        record("lifecycle", { name: life.failed ? name + "-failed" : name + "-done", detail: life.failed ? life.failed.name + ": " + life.failed.message : "" });
      } };
      lifetimes.set(event, life);
      record("lifecycle", { name: event.type, detail: "" });
      const after = new native.MessageChannel();
      after.port1.onmessage = () => {
        after.port1.close();
        life.dispatched = true;
        if (life.pending === 0) { life.done(); }
      };
      after.port2.postMessage(0);
    });
  };
  watchLife("install");
  watchLife("activate");

  /* Web IDL, "Global": members are on the object itself, as in Chromium; Firefox has them on its prototype. */
  const holder = Object.getOwnPropertyDescriptor(scope, "skipWaiting") ? scope : scope.ServiceWorkerGlobalScope.prototype;
  replaceMethod(holder, "skipWaiting", (original, self, args) => {
    record("lifecycle", { name: "skip-waiting", detail: "" });
    return native.apply(original, self, args);
  });
  replaceMethod(scope.Clients.prototype, "claim", (original, self, args) => {
    record("lifecycle", { name: "clients-claim", detail: "" });
    return native.apply(original, self, args);
  });

  /* How each fetch event was answered. Our listener comes first, and only where the site listens
     too: a worker without a fetch handler is another thing to a browser. */
  const answers = new WeakMap();
  const sourceOf = (response) => sources.get(response) || { source: response.type === "default" ? "made" : "network", cache: null };
  const settleAnswer = (number) => (response) => {
    const found = response instanceof native.Response ? sourceOf(response) : null;
    if (!found || response.type === "error") {
      record("answer", { event: number, source: "failed", cache: null, status: null, error: { name: "TypeError", message: "respondWith() was not given a Response" } });
      return;
    }
    const from = (cache) => { record("answer", { event: number, source: found.source, cache: cache, status: response.status, error: null }); };
    if (found.looking) {
      attend(found.looking, from, () => { from(null); });
    } else {
      from(found.cache);
    }
  };

  replaceMethod(scope.FetchEvent.prototype, "respondWith", (original, self, args) => {
    const event = answers.get(self);
    const result = native.apply(original, self, args);
    if (event) {
      event.answered = true;
      attend(args[0], settleAnswer(event.number), (error) => {
        record("answer", { event: event.number, source: "failed", cache: null, status: null, error: describeError(error) });
      });
    }
    return result;
  });

  const onFetch = (event) => {
    const path = new native.URL(event.request.url).pathname;
    if (path.startsWith(INTERNAL)) {
      event.stopImmediatePropagation();
      if (path === INTERNAL + "reader") {
        event.respondWith(new native.Response("<!doctype html><title>reader</title><link rel=icon href=data:,>", { headers: { "content-type": "text/html" } }));
      }
      return;
    }
    const request = event.request;
    const entry = { answered: false, number: record("fetch", { url: request.url, method: request.method, mode: request.mode, destination: request.destination }).number };
    answers.set(event, entry);
    const after = new native.MessageChannel();
    after.port1.onmessage = () => {
      after.port1.close();
      if (!entry.answered) {
        record("answer", { event: entry.number, source: "passed", cache: null, status: null, error: null });
      }
    };
    after.port2.postMessage(0);
  };

  let listening = false;
  const nativeListen = scope.EventTarget.prototype.addEventListener;
  const listenFirst = () => {
    if (!listening) {
      listening = true;
      native.apply(nativeListen, scope, ["fetch", onFetch]);
      record("lifecycle", { name: "fetch-handler", detail: "" });
    }
  };
  replaceMethod(scope.EventTarget.prototype, "addEventListener", (original, self, args) => {
    if ((self === scope || self === undefined || self === null) && args[0] === "fetch" && args[1]) {
      listenFirst();
    }
    return native.apply(original, self, args);
  });
  const owner = Object.getOwnPropertyDescriptor(scope, "onfetch") ? scope : scope.ServiceWorkerGlobalScope.prototype;
  const handler = Object.getOwnPropertyDescriptor(owner, "onfetch");
  if (handler && handler.set) {
    handler.set = disguise(handler.set, { apply: (original, self, args) => {
      if (typeof args[0] === "function") {
        listenFirst();
      }
      return native.apply(original, self, args);
    } });
    Object.defineProperty(owner, "onfetch", handler);
  }
}
