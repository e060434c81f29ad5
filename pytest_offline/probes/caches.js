/* caches.js: every method of CacheStorage and Cache, recorded when called and when settled. */

const cacheNames = new WeakMap();
const nativeMatch = scope.Cache && scope.Cache.prototype.match;

const OPTIONS = ["ignoreSearch", "ignoreMethod", "ignoreVary", "cacheName"];

/* Only plain data is read: a getter that the site put there runs once, for the real method. */
const describeOptions = (options) => {
  const found = [];
  if (options === null || typeof options !== "object") {
    return found;
  }
  for (const name of OPTIONS) {
    const descriptor = Object.getOwnPropertyDescriptor(options, name);
    if (descriptor && descriptor.value !== undefined && Object(descriptor.value) !== descriptor.value) {
      found.push([name, name === "cacheName" ? String(descriptor.value) : Boolean(descriptor.value)]);
    }
  }
  return found;
};

/* Objects of the site's own run its code when they become text or a list: once, as without us, so
   what came of it is what the real method is given. An error is kept for the real method too. */
const asText = (given) => {
  if (given === null || (typeof given !== "object" && typeof given !== "function") || isRequest(given)) {
    return given;
  }
  try {
    return String(given);
  } catch (error) {
    return { [Symbol.toPrimitive]: () => { throw error; } };
  }
};

const asList = (given) => {
  if (given === null || typeof given !== "object" || typeof given[Symbol.iterator] !== "function") {
    return given;
  }
  try {
    return Array.from(given, asText);
  } catch (error) {
    return { [Symbol.iterator]: () => { throw error; } };
  }
};

/* Only where the real method gets that far: it looks at `this` and counts its arguments first. */
const steady = (target, method, original, self, args) => {
  const known = target === "cache" ? cacheNames.has(self) : self === native.caches;
  if (!known || !args.length || args.length < original.length) {
    return args;
  }
  const rest = Array.from(args);
  rest[0] = method === "addAll" ? asList(args[0]) : asText(args[0]);
  return rest;
};

const describeCall = {
  caches: {
    open: (args) => ({ cache: String(args[0]) }),
    has: (args) => ({ cache: String(args[0]) }),
    delete: (args) => ({ cache: String(args[0]) }),
    keys: () => ({}),
    match: (args) => ({ requests: [describeRequestSafely(args[0])], options: describeOptions(args[1]) })
  },
  cache: {
    match: (args) => ({ requests: [describeRequestSafely(args[0])], options: describeOptions(args[1]) }),
    matchAll: (args) => ({ requests: args[0] === undefined ? [] : [describeRequestSafely(args[0])], options: describeOptions(args[1]) }),
    keys: (args) => ({ requests: args[0] === undefined ? [] : [describeRequestSafely(args[0])], options: describeOptions(args[1]) }),
    delete: (args) => ({ requests: [describeRequestSafely(args[0])], options: describeOptions(args[1]) }),
    put: (args) => ({ requests: [describeRequestSafely(args[0])], response: isResponse(args[1]) ? describeResponse(args[1]) : null }),
    add: (args) => ({ requests: [describeRequestSafely(args[0])] }),
    addAll: (args) => ({ requests: args[0].map(describeRequestSafely) })
  }
};

const tagFromCache = (response, name) => {
  if (response) {
    sources.set(response, { source: "cache", cache: name });
  }
};

const describeStored = (response) => response ? describeResponse(response) : null;

const recordTaken = (operation, slot, response) => {
  const take = takeBody(response);
  if (take) {
    awaited(recordBody(operation, slot, take));
  }
};

/* What `add` and `addAll` fetched is not shown to scripts; what stands there afterwards is. */
const recordAdded = async (cache, operation, given) => {
  for (let index = 0; index < given.length; index += 1) {
    const response = await native.apply(nativeMatch, cache, [given[index]]);
    record("added", { operation: operation, index: index, response: describeStored(response) });
    if (response) {
      recordTaken(operation, "added:" + index, response);
    }
  }
};

/* What is noted of a fulfilled call, by method; `self` is the Cache or CacheStorage. */
const describeValue = {
  open: (value, call, self) => { cacheNames.set(value, { name: call.data.cache, opening: call.number }); return true; },
  has: (value) => value,
  delete: (value) => value,
  keys: (value) => value.map((key) => typeof key === "string" ? key : describeRequest(key)),
  match: (value, call, self) => { tagFromCache(value, cacheNames.has(self) ? cacheNames.get(self).name : null); return describeStored(value); },
  matchAll: (value, call, self) => { value.forEach((response) => { tagFromCache(response, cacheNames.has(self) ? cacheNames.get(self).name : null); }); return value.map(describeStored); },
  put: () => null,
  add: () => null,
  addAll: () => null
};

const afterwards = {
  match: (value, call) => { if (value) { recordTaken(call.number, "value:0", value); } },
  matchAll: (value, call) => { value.forEach((response, index) => { recordTaken(call.number, "value:" + index, response); }); },
  add: (value, call, self, args) => { awaited(recordAdded(self, call.number, [args[0]])); },
  addAll: (value, call, self, args) => { awaited(recordAdded(self, call.number, args[0])); }
};

const describeCallSafely = (target, method, args) => {
  try {
    return describeCall[target][method](args);
  } catch (unreadable) {
    return {};
  }
};

const watch = (target, method) => (original, self, given) => {
  const args = steady(target, method, original, self, given);
  const known = cacheNames.get(self);
  const data = describeCallSafely(target, method, args);
  if (known) {
    data.cache = known.name;
    data.opening = known.opening;
  }
  const body = method === "put" && isResponse(args[1]) ? takeBody(args[1]) : null;
  const call = { data: data, number: record("call", Object.assign({ target: target, method: method }, data)).number };
  let promise;
  try {
    promise = native.apply(original, self, args);
  } catch (error) {
    record("settled", { operation: call.number, outcome: "rejected", error: describeError(error) });
    throw error;
  }
  /* The body of a put may come in for as long as the put is pending: nobody waits for it before. */
  const reading = body ? recordBody(call.number, "response", body) : null;
  const settled = () => { if (reading) { awaited(reading); } };
  return observe(promise,
    (value) => {
      settled();
      record("settled", { operation: call.number, outcome: "fulfilled", value: describeValue[method](value, call, self) });
      if (afterwards[method]) {
        afterwards[method](value, call, self, args);
      }
    },
    (error) => { settled(); record("settled", { operation: call.number, outcome: "rejected", error: describeError(error) }); });
};

const nativeCacheMethods = {};
const nativeStorageMethods = {};
if (scope.CacheStorage && scope.Cache) {
  for (const method of Object.keys(describeCall.caches)) {
    nativeStorageMethods[method] = replaceMethod(scope.CacheStorage.prototype, method, watch("caches", method));
  }
  for (const method of Object.keys(describeCall.cache)) {
    nativeCacheMethods[method] = replaceMethod(scope.Cache.prototype, method, watch("cache", method));
  }
}
