/* caches.js: every method of CacheStorage and Cache, recorded when called and when settled. */

const cacheNames = shared.caches;
const nativeMatch = scope.Cache && scope.Cache.prototype.match;
if (native.caches) {
  shared.storages.add(native.caches);
}

/* In the order in which Web IDL has them read. cacheName is read by caches.match alone. */
const SWITCHES = ["ignoreMethod", "ignoreSearch", "ignoreVary"];

const isObject = (given) => Object(given) === given;

/* Objects of the site's own run its code when they become text, a list or options: once, as without
   us, so what came of it is what the real method is given. An error is kept for the real method too,
   and `refused` has its name: what an argument cannot become ends the call before it is one. */
const asText = (call, given) => {
  if (typeof given === "symbol") {
    call.refused = call.refused || "TypeError";
    return given;
  }
  if (!isObject(given) || isRequest(given)) {
    return given;
  }
  try {
    return String(given);
  } catch (error) {
    call.refused = call.refused || describeError(error).name;
    return { [Symbol.toPrimitive]: () => { throw error; } };
  }
};

const asList = (call, given) => {
  try {
    const iterate = isObject(given) ? given[Symbol.iterator] : undefined;
    if (typeof iterate !== "function") {
      call.refused = "TypeError";
      return isObject(given) ? { [Symbol.iterator]: iterate } : given;
    }
    return Array.from({ [Symbol.iterator]: () => native.apply(iterate, given, []) }, (each) => asText(call, each));
  } catch (error) {
    call.refused = describeError(error).name;
    return { [Symbol.iterator]: () => { throw error; } };
  }
};

const asOptions = (call, target, given) => {
  if (given === undefined || given === null) {
    return given;
  }
  if (!isObject(given)) {
    call.refused = call.refused || "TypeError";
    return given;
  }
  const plain = Object.create(null);
  try {
    for (const name of SWITCHES) {
      const value = given[name];
      if (value !== undefined) {
        plain[name] = Boolean(value);
        call.options.push([name, plain[name]]);
      }
    }
    const name = target === "caches" ? given.cacheName : undefined;
    if (name !== undefined) {
      plain.cacheName = asText(call, name);
      call.options.push(["cacheName", String(typeof plain.cacheName === "object" ? "" : plain.cacheName)]);
    }
  } catch (error) {
    call.refused = call.refused || describeError(error).name;
    native.define(plain, SWITCHES[0], { get: () => { throw error; } });
  }
  return plain;
};

const TAKES_OPTIONS = new Set(["match", "matchAll", "keys", "delete"]);

/* The arguments as the real method is to have them. What follows is Web IDL's way: it looks at `this`
   first and counts the arguments, and only then makes of each what it has to be, one by one. */
const prepare = (target, method, original, self, given) => {
  const known = target === "cache" ? cacheNames.has(self) : shared.storages.has(self);
  const call = { args: given, options: [], refused: null, stray: !known };
  if (call.stray || given.length < original.length) {
    call.refused = call.stray ? null : "TypeError";
    return call;
  }
  const args = call.args = Array.from(given);
  if (args.length) {
    args[0] = method === "addAll" ? asList(call, args[0]) : asText(call, args[0]);
  }
  if (method === "put" && !isResponse(args[1])) {
    call.refused = call.refused || "TypeError";
  }
  if (args.length > 1 && TAKES_OPTIONS.has(method)) {
    args[1] = asOptions(call, target, args[1]);
  }
  return call;
};

/* Of a call that gets no further, only what is plain data is told: nothing else may run. */
const plainly = (args) => Array.from(args, (each) => isObject(each) && !isRequest(each) && !isResponse(each) ? undefined : each);

const firstOf = (args) => args.length ? [describeRequestSafely(args[0])] : [];
const ifGiven = (args) => args[0] === undefined ? [] : firstOf(args);
const nameOf = (args) => args.length ? { cache: String(args[0]) } : {};

const describeCall = {
  caches: {
    open: nameOf,
    has: nameOf,
    delete: nameOf,
    keys: () => ({}),
    match: (args) => ({ requests: firstOf(args) })
  },
  cache: {
    match: (args) => ({ requests: firstOf(args) }),
    matchAll: (args) => ({ requests: ifGiven(args) }),
    keys: (args) => ({ requests: ifGiven(args) }),
    delete: (args) => ({ requests: firstOf(args) }),
    put: (args) => ({ requests: firstOf(args), response: isResponse(args[1]) ? describeGiven(args[1]) : null }),
    add: (args) => ({ requests: firstOf(args) }),
    addAll: (args) => ({ requests: Array.isArray(args[0]) ? args[0].map(describeRequestSafely) : [] })
  }
};

const tagFromCache = (response, name) => {
  if (response) {
    sources.set(response, { source: "cache", cache: name });
  }
};

/* What caches.match gives does not say which cache it is from: they are asked in their order, as that
   call asked them. By its option, not by opening: that would make anew what the site has deleted. */
const whichCache = async (request, options) => {
  if (options && options.cacheName !== undefined) {
    return String(options.cacheName);
  }
  for (const name of await native.apply(nativeStorageMethods.keys, native.caches, [])) {
    if (await native.apply(nativeStorageMethods.match, native.caches, [request, Object.assign({}, options, { cacheName: name })])) {
      return name;
    }
  }
  return null;
};

/* Only a service worker's answers are told by where they came from, so only there it is looked for. */
const tagFromCaches = (response, args) => {
  tagFromCache(response, null);
  if (response && kind === "serviceworker") {
    sources.get(response).looking = whichCache(args[0], args[1]);
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
  open: (value, call, self) => { cacheNames.set(value, { name: call.data.cache, opening: call.number, place: place.id }); return true; },
  has: (value) => value,
  delete: (value) => value,
  keys: (value) => value.map((key) => typeof key === "string" ? key : describeRequest(key)),
  match: (value, call, self, args) => {
    if (cacheNames.has(self)) {
      tagFromCache(value, cacheNames.get(self).name);
    } else {
      tagFromCaches(value, args);
    }
    return describeStored(value);
  },
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

/* https://fetch.spec.whatwg.org/#abort-fetch: a fetch that is aborted ends in the reason that was
   given, which may be anything. */
const ofSignal = scope.AbortSignal && "reason" in scope.AbortSignal.prototype && getters(scope.AbortSignal.prototype, ["reason"]).reason;
const isReason = (error, given) => given.some((each) => isRequest(each) && attempt(() => {
  const signal = ofRequest.signal(each);
  return signal.aborted && ofSignal(signal) === error;
}) === true);

const describeFailure = (method, error, args) => {
  const found = describeError(error);
  const fetched = method === "add" ? [args[0]] : method === "addAll" ? args[0] : null;
  return fetched && Array.isArray(fetched) && ofSignal ? Object.assign(found, { reason: isReason(error, fetched) }) : found;
};

const describeCallSafely = (target, method, call) => {
  const told = call.stray || call.refused ? plainly(call.args) : call.args;
  const rest = { options: call.options, optionsGiven: call.args.length > 1 && call.args[1] !== undefined, refused: call.refused, stray: call.stray };
  try {
    return Object.assign(describeCall[target][method](told), rest);
  } catch (unreadable) {
    return rest;
  }
};

const watch = (target, method) => (original, self, given) => {
  const prepared = prepare(target, method, original, self, given);
  const args = prepared.args;
  const data = describeCallSafely(target, method, prepared);
  const known = cacheNames.get(self);
  if (known && target === "cache") {
    data.cache = known.name;
    /* An opening is known by its record, and another place's records are numbered by themselves. */
    data.opening = known.place === place.id ? known.opening : null;
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
      record("settled", { operation: call.number, outcome: "fulfilled", value: describeValue[method](value, call, self, args) });
      if (afterwards[method]) {
        afterwards[method](value, call, self, args);
      }
    },
    (error) => { settled(); record("settled", { operation: call.number, outcome: "rejected", error: describeFailure(method, error, args) }); });
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
