/* page.js: how a page's or frame's records leave it, and what a test may ask of it.

   Three ways out, because each fails somewhere: the binding (Chromium loses calls made while a
   navigation swaps processes), the stored log (Chromium 83 may drop a write made in pagehide), and
   the test's own question. A record that comes twice carries the same number. */

const send = scope[BINDING];
delete scope[BINDING];
for (const name of ["__playwright__binding__", "__playwright__binding__controller__"]) {
  const leftover = Object.getOwnPropertyDescriptor(scope, name);
  if (leftover && leftover.configurable && leftover.enumerable) {
    Object.defineProperty(scope, name, Object.assign(leftover, { enumerable: false }));
  }
}

/* A record leaves before the site's script goes on, so that whatever the site does next, a reload
   of its own included, comes after it. Only in a burst does one message carry what came in 20 ms, and
   the longer it goes on the more: a call of the binding for each of 1,000 puts would make them twice
   as slow in Firefox, and one every 20 ms still costs Chromium a tenth of its time. */
const BURST = 20;
const LONGEST_BURST = 160;
const ALLOWANCE = 40;
const DEPARTURE = 400;
let allowance = ALLOWANCE;
let refilled = 0;
let burst = BURST;
let scheduled = false;
let waiting = [];
const storable = native.indexedDB && scope.isSecureContext;

/* While the document goes away each way fails somewhere, so what is left takes both. That includes
   what was sent and not acknowledged: Playwright comes back for the arguments of a call. */
let leaving = false;
const underWay = new Set();

/* Playwright's half of a binding makes its message with the page's own JSON, and its driver ends when
   it is sent nonsense: for the length of the call JSON is the browser's. */
const holdStill = (owner, name, value) => {
  const found = native.describe(owner, name);
  if (found && found.value === value) {
    return () => undefined;
  }
  native.define(owner, name, { value: value, writable: true, enumerable: false, configurable: true });
  return () => { native.define(owner, name, found); };
};
const sendText = (text) => {
  const putBack = [holdStill(scope, "JSON", native.JSON), holdStill(native.JSON, "stringify", native.stringify)];
  try {
    return send(text);
  } finally {
    putBack[1]();
    putBack[0]();
  }
};

const sendBatch = (batch) => {
  underWay.add(batch);
  const arrived = () => { underWay.delete(batch); };
  attend(sendText(native.stringify(batch)), arrived, arrived);
};

const storeUnderWay = () => {
  const records = [];
  underWay.forEach((batch) => { records.push(...batch.records); });
  if (storable && records.length) {
    attend(storeBatch({ place: place, records: records }));
  }
};

const flush = () => {
  scheduled = false;
  if (!unsent.length) {
    return;
  }
  const batch = takeBatch();
  if (storable && (leaving || !send)) {
    attend(storeBatch(batch));
  }
  if (send) {
    sendBatch(batch);
  }
};

const mayLeaveAtOnce = () => {
  const time = native.performance.now();
  const credit = Math.floor((time - refilled) / BURST);
  if (credit > 0) {
    allowance = Math.min(Math.max(ALLOWANCE, allowance), allowance + credit);
    refilled = time;
  }
  allowance -= 1;
  return allowance >= 0;
};

wake = () => {
  for (const resume of waiting.splice(0)) {
    resume();
  }
  if (scheduled) {
    return;
  }
  if (mayLeaveAtOnce()) {
    burst = BURST;
    flush();
  } else {
    allowance = 0;
    scheduled = true;
    native.setTimeout(() => { refilled = native.performance.now(); flush(); }, burst);
    burst = Math.min(2 * burst, LONGEST_BURST);
  }
};

/* Open before it is needed: pagehide leaves no time for that. */
if (storable) {
  attend(openStore());
}

/* A document that moves itself away says so before the navigation begins, and what is sent then
   arrives; pagehide runs when the next document is there already, and on a busy machine Chromium
   does not wait for it to end. Firefox keeps pagehide's writes, and keeps no page in its
   back/forward cache that listens to beforeunload. */
if (!scope.InternalError) {
  scope.addEventListener("beforeunload", () => { allowance = DEPARTURE; flush(); }, true);
}
scope.addEventListener("pagehide", () => { storeUnderWay(); leaving = true; flush(); }, true);
scope.addEventListener("pageshow", () => { leaving = false; }, true);

/* A window that closes itself in the middle of a burst: what its pagehide sends comes too late. */
replaceMethod(scope, "close", (original, self, args) => {
  storeUnderWay();
  leaving = true;
  flush();
  const result = native.apply(original, self, args);
  /* Refused where a script did not open the window: then it goes on as before. */
  closed = scope.closed;
  leaving = closed;
  return result;
});

/* What workers say of their records, in case one is ended in the middle of a write. What a worker of
   this page says goes on at once; of a service worker the test is given, when it asks, what is not in
   the log by then: as far as nothing is missing before it, for a page may come in late. `known` is how
   many of its records the log or the test has. Listened to only where the page has such workers: an
   open channel keeps a page out of the back/forward cache of Firefox, where nobody ends a service
   worker so. (Playwright switches that of Chromium off.) */
let heard;
let hasWorkers = false;
const unstored = new Map();
const keep = (told) => {
  const kept = unstored.get(told.place.id) || { place: told.place, known: 0, records: [] };
  kept.known = Math.max(kept.known, told.stored);
  kept.records.push(...told.records);
  while (kept.records.length && kept.records[0].number < kept.known) {
    kept.records.shift();
  }
  unstored.set(told.place.id, kept);
};
const takeUnstored = () => {
  const batches = [];
  unstored.forEach((kept) => {
    if (kept.records.length && kept.records[0].number === kept.known) {
      batches.push({ place: kept.place, records: kept.records });
      kept.known += kept.records.length;
      kept.records = [];
    }
  });
  return batches;
};
const listenToWorkers = () => {
  if (!heard && native.BroadcastChannel && storable && send) {
    heard = new native.BroadcastChannel(CHANNEL);
    heard.onmessage = (event) => {
      const told = event.data;
      if (told.place.kind === "serviceworker") {
        keep(told);
      } else if (told.records.length && hasWorkers) {
        attend(sendText(native.stringify(told)));
      }
    };
  }
};
const workerDescriptor = Object.getOwnPropertyDescriptor(scope, "Worker");
if (workerDescriptor) {
  const NativeWorker = workerDescriptor.value;
  const Worker = disguise(NativeWorker, {
    construct: (target, args, newTarget) => {
      hasWorkers = true;
      listenToWorkers();
      return native.construct(target, args, newTarget === Worker ? target : newTarget);
    }
  });
  workerDescriptor.value = Worker;
  Object.defineProperty(scope, "Worker", workerDescriptor);
  const made = Object.getOwnPropertyDescriptor(NativeWorker.prototype, "constructor");
  made.value = Worker;
  Object.defineProperty(NativeWorker.prototype, "constructor", made);
}

/* Waits until this page records something, a worker tells that it stored something, or time is up. */
const news = (milliseconds) => new Promise((resolve) => {
  const channel = native.BroadcastChannel && scope.isSecureContext ? new native.BroadcastChannel(CHANNEL) : null;
  const done = () => { if (channel) { channel.close(); } resolve(); };
  if (channel) {
    channel.onmessage = (event) => { if (!event.data.records.length) { done(); } };
  }
  waiting.push(done);
  native.setTimeout(done, milliseconds);
});

/* No question may hang for ever, milliseconds: how long the browser's storage may take, a body that is
   whole, and any question at all, such as an update check whose script never comes. */
const PATIENCE = 20000;
const DIGESTING = 5000;
const LIMIT = 120000;

const collect = async (after) => {
  /* Before the log is read: what is stored meanwhile is in one of the two. */
  const handedOver = takeUnstored();
  const answer = { batches: [], last: after };
  if (storable) {
    const stored = native.apply(native.then, readBatches(after), [(found) => { Object.assign(answer, found); }]);
    if (!await within(PATIENCE, stored)) {
      throw { name: "TimeoutError", message: "the log of what workers recorded did not open within " + PATIENCE + " ms" };
    }
  }
  if (digesting.size) {
    await within(DIGESTING, native.all(Array.from(digesting)));
  }
  if (unsent.length) {
    answer.batches.push(takeBatch());
  }
  answer.batches.push(...handedOver);
  return answer;
};

const registered = () => scope.navigator.serviceWorker.getRegistrations();
/* An update that unregisters, as that to a kill switch, is refused in Firefox: it has done its work. */
const update = async (entry) => {
  try {
    await entry.update();
  } catch (error) {
    if ((await registered()).includes(entry)) {
      throw error;
    }
  }
};
const installed = (worker) => new Promise((resolve) => {
  const look = () => { if (worker.state !== "installing") { resolve(); } };
  worker.addEventListener("statechange", look);
  look();
});
/* The scripts that were to be looked at. Chromium takes an update for part of one whose version still
   installs, and looks at nothing. */
const updateAll = async (asked) => {
  const scripts = [];
  for (const entry of await registered()) {
    if (asked.alone && entry.installing) { await installed(entry.installing); }
    const worker = entry.installing || entry.waiting || entry.active;
    if (worker) { scripts.push(worker.scriptURL); }
    await update(entry);
  }
  return scripts;
};

const questions = {
  drain: async (asked) => {
    let answer = await collect(asked.after);
    if (!answer.batches.length && asked.wait > 0) {
      await news(asked.wait);
      answer = await collect(asked.after);
    }
    return answer;
  },
  snapshot: (asked) => takeSnapshot(asked.bodies),
  keys: () => takeKeys(),
  seed: (asked) => seedCaches(asked.caches),
  clear: async () => {
    for (const name of await native.apply(nativeStorageMethods.keys, native.caches, [])) {
      await native.apply(nativeStorageMethods.delete, native.caches, [name]);
    }
  },
  registrations: async () => {
    const root = scope.document.documentElement;
    const answer = {
      page: scope.location.href,
      place: place.id,
      loaded: native.performance.timeOrigin,
      secure: scope.isSecureContext,
      manifest: root && native.apply(native.getAttribute, root, ["manifest"]),
      appcache: appCache ? appCacheStatus() : null,
      supported: Boolean(container),
      registering: registering,
      controller: null,
      registrations: []
    };
    if (container) {
      const describe = (worker) => worker ? { url: worker.scriptURL, state: worker.state } : null;
      const list = await container.getRegistrations();
      answer.controller = container.controller ? container.controller.scriptURL : null;
      answer.registrations = list.map((entry) => ({ scope: entry.scope, installing: describe(entry.installing), waiting: describe(entry.waiting), active: describe(entry.active) }));
    }
    return answer;
  },
  control: async () => {
    const worker = container ? container.controller : null;
    const answer = { controller: worker && worker.scriptURL, state: worker && worker.state, scope: null, installing: false, waiting: false };
    for (const entry of worker ? await container.getRegistrations() : []) {
      if (entry.active === worker) {
        Object.assign(answer, { scope: entry.scope, installing: Boolean(entry.installing), waiting: Boolean(entry.waiting) });
      }
    }
    return answer;
  },
  place: async () => place.id,
  appcache: async (asked) => askAppCache(asked.method),
  update: updateAll,
  unregister: async () => { for (const entry of await scope.navigator.serviceWorker.getRegistrations()) { await entry.unregister(); } }
};

const NEEDS_CACHES = new Set(["snapshot", "keys", "seed", "clear"]);

scope.addEventListener(TOKEN + "kin", (event) => {
  event.stopImmediatePropagation();
  event.detail.shared = shared;
}, true);

scope.addEventListener(TOKEN, (event) => {
  event.stopImmediatePropagation();
  const asked = event.detail;
  asked.answered = true;
  const answer = async () => {
    if (NEEDS_CACHES.has(asked.question) && !native.caches) {
      throw { name: "insecure", message: "" };
    }
    return questions[asked.question](asked);
  };
  const limit = asked.limit || LIMIT;
  const fail = (error) => { asked.resolve(native.stringify({ failure: describeError(error) })); };
  const timer = native.setTimeout(() => { fail({ name: "TimeoutError", message: "no answer within " + limit + " ms" }); }, limit);
  attend(answer(), (value) => { native.clearTimeout(timer); asked.resolve(native.stringify({ value: value })); }, (error) => { native.clearTimeout(timer); fail(error); });
}, true);

const container = attempt(() => scope.navigator.serviceWorker);
let registering = 0;
if (container) {
  const listenToServiceWorkers = () => {
    if (!scope.InternalError) {
      listenToWorkers();
    }
  };
  if (container.controller) {
    listenToServiceWorkers();
  }
  container.addEventListener("controllerchange", () => {
    const controller = container.controller;
    listenToServiceWorkers();
    record("lifecycle", { name: "controllerchange", detail: controller ? controller.scriptURL : "" });
  });
  replaceMethod(scope.ServiceWorkerContainer.prototype, "register", (original, self, args) => {
    listenToServiceWorkers();
    const promise = native.apply(original, self, args);
    registering += 1;
    return observe(promise,
      (registration) => { registering -= 1; record("lifecycle", { name: "registered", detail: registration.scope }); },
      (error) => { registering -= 1; const found = describeError(error); record("lifecycle", { name: "register-failed", detail: found.name + ": " + found.message }); });
  });
}
