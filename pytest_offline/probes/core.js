/* core.js: the part of a probe that every realm has: numbered records, and disguised wrappers.

   Every file of a probe is joined into one line in front of a worker's script, so that the lines
   of the site's own script keep their numbers in errors. Hence the rules of these files: block
   comments only, every statement ends in a semicolon, no text that spans lines.

   The natives are kept before any script of the site runs; a site that replaces them later does
   not reach the probe. */

/* Firefox asks for a module worker's imports as it does for the worker, so they bring the probe too:
   only the first one stays. Our own toString answers a symbol, which the real one refuses. */
const HERE = Symbol.for(CHANNEL);
const isHere = () => {
  try {
    return Function.prototype.toString.call(HERE) === CHANNEL;
  } catch (native) {
    return false;
  }
};
if (!scope.document && isHere()) {
  return;
}

/* Where the origin is opaque (a sandboxed frame) storage throws as soon as it is looked at. */
const attempt = (look) => {
  try {
    return look();
  } catch (refused) {
    return undefined;
  }
};

const native = {
  apply: Reflect.apply,
  construct: Reflect.construct,
  then: Promise.prototype.then,
  resolve: Promise.resolve.bind(Promise),
  all: Promise.all.bind(Promise),
  Response: scope.Response,
  Request: scope.Request,
  Headers: scope.Headers,
  URL: scope.URL,
  MessageChannel: scope.MessageChannel,
  BroadcastChannel: scope.BroadcastChannel,
  clone: scope.Response.prototype.clone,
  setTimeout: scope.setTimeout.bind(scope),
  clearTimeout: scope.clearTimeout.bind(scope),
  MutationObserver: scope.MutationObserver,
  getAttribute: scope.Element && scope.Element.prototype.getAttribute,
  indexedDB: attempt(() => scope.indexedDB),
  databases: scope.IDBFactory && scope.IDBFactory.prototype.databases,
  caches: attempt(() => scope.caches),
  subtle: scope.crypto && scope.crypto.subtle,
  random: scope.crypto && scope.crypto.getRandomValues.bind(scope.crypto),
  performance: scope.performance,
  JSON: JSON,
  stringify: JSON.stringify,
  define: Object.defineProperty,
  describe: Object.getOwnPropertyDescriptor
};

/* Milliseconds since the epoch, finer than Date.now() where the engine allows it. */
const now = () => native.performance.timeOrigin + native.performance.now();

const HEX = Array.from({ length: 256 }, (unused, byte) => byte.toString(16).padStart(2, "0"));
const hex = (bytes) => {
  let text = "";
  for (const byte of new Uint8Array(bytes)) {
    text += HEX[byte];
  }
  return text;
};

const place = { id: hex(native.random(new Uint8Array(12))), kind: kind, url: String(scope.location.href), origin: String(scope.origin), began: now() };
if (kind === "serviceworker") {
  place.scope = String(scope.registration.scope);
}

/* Where nobody else is given the promise: nothing may become an unhandled rejection. */
const attend = (promise, fulfilled, rejected) => {
  native.apply(native.then, native.resolve(promise), [fulfilled, rejected || (() => undefined)]);
};

/* Observes a promise without handling its rejection for the site: the site is given the promise
   that this returns, so `unhandledrejection` fires exactly when it would have. No code of ours may
   do the rejecting: Chromium 83 tells the page nothing of what a script that a debugger brought in
   has thrown (https://html.spec.whatwg.org/#muted-errors). */
const observe = (promise, fulfilled, rejected) => {
  /* At once, a promise of another frame's too: its own script may be told in the next microtask. */
  native.apply(native.then, promise, [fulfilled, rejected]);
  return native.apply(native.then, promise, []);
};

let number = 0;
let unsent = [];
let wake = () => undefined;

/* A window that closed itself lives on for a moment, and how its calls settle in it no longer gets
   out for certain: they stay pending, which is what is known of them. */
let closed = false;

/* A record is complete when it is made, numbered without a gap, and waits in `unsent` until the
   realm's transport takes it. */
const record = (type, data) => {
  if (closed && type !== "call") {
    return { number: -1 };
  }
  const entry = Object.assign({ number: number, time: now(), type: type }, data);
  number += 1;
  unsent.push(entry);
  wake(entry);
  return entry;
};

const takeBatch = () => {
  const records = unsent;
  unsent = [];
  return { place: place, records: records };
};

const describeError = (error) => {
  try {
    return { name: String(error && error.name || typeof error), message: String(error && error.message !== undefined ? error.message : error) };
  } catch (unreadable) {
    return { name: "unreadable", message: "" };
  }
};

/* Frames and windows of one origin can ask one another's Function.prototype.toString, and call their
   own methods on one another's caches, so they share what is known of both. Workers have no kin. */
const kin = (self) => attempt(() => {
  for (const other of [self.parent, self.opener]) {
    const detail = { shared: undefined };
    const ask = () => { other.dispatchEvent(new other.CustomEvent(TOKEN + "kin", { detail: detail })); };
    if (other && other !== self) {
      attempt(ask);
    }
    if (detail.shared) {
      return detail.shared;
    }
  }
  return undefined;
});

/* Disguise: a proxy has the name, length and prototype of its target; only its text differs, so
   Function.prototype.toString answers for the original. */
const shared = kin(scope) || { originals: new WeakMap(), caches: new WeakMap(), storages: new WeakSet(), streams: new WeakMap() };
const originals = shared.originals;
const nativeToString = Function.prototype.toString;

const disguise = (original, handler) => {
  const proxy = new Proxy(original, handler);
  originals.set(proxy, original);
  return proxy;
};

const replaceMethod = (owner, name, around) => {
  const descriptor = owner && Object.getOwnPropertyDescriptor(owner, name);
  if (!descriptor || typeof descriptor.value !== "function") {
    return undefined;
  }
  const original = descriptor.value;
  descriptor.value = disguise(original, { apply: (target, self, args) => around(target, self, args) });
  Object.defineProperty(owner, name, descriptor);
  return original;
};

const replaceGetter = (owner, name, around) => {
  const descriptor = owner && Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor && descriptor.get) {
    descriptor.get = disguise(descriptor.get, { apply: (target, self, args) => around(target, self, args) });
    Object.defineProperty(owner, name, descriptor);
  }
};

replaceMethod(Function.prototype, "toString", (target, self, args) => {
  if (self === HERE && !scope.document) {
    return CHANNEL;
  }
  return native.apply(target, originals.get(self) || self, args);
});
