/* What a script of a site can see of the Cache API and what surrounds it, as JSON: run with the
   probe and without it, the two have to be alike. One expression: an async function. */
async (muted) => {
  const seen = {};
  const scope = self;

  const describeKey = (key) => typeof key === "symbol" ? key.toString() : key;
  const describeFunction = (value) => {
    const found = { name: value.name, length: value.length, text: String(value), called: Function.prototype.toString.call(value) };
    found.keys = Reflect.ownKeys(value).map(describeKey).sort();
    found.constructible = true;
    try { Reflect.construct(Object, [], value); } catch (error) { found.constructible = false; }
    found.prototype = Object.getPrototypeOf(value) === Function.prototype ? "Function.prototype" : (Object.getPrototypeOf(value) || {}).name;
    return found;
  };
  const describeObject = (value) => {
    const found = [];
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      const entry = [describeKey(key), descriptor.writable, descriptor.enumerable, descriptor.configurable];
      for (const part of ["value", "get", "set"]) {
        if (typeof descriptor[part] === "function") { entry.push(part, describeFunction(descriptor[part])); }
      }
      found.push(entry);
    }
    return found;
  };
  const NAMES = ["Cache", "CacheStorage", "Response", "Request", "Function", "Promise", "IDBFactory", "EventTarget", "ServiceWorkerContainer",
    "ExtendableEvent", "FetchEvent", "Clients", "ServiceWorkerGlobalScope", "WorkerGlobalScope", "DedicatedWorkerGlobalScope", "SharedWorkerGlobalScope", "Worker", "SharedWorker", "Blob", "URL"];
  seen.objects = {};
  for (const name of NAMES) {
    if (scope[name]) {
      seen.objects[name] = [describeObject(scope[name]), scope[name].prototype ? describeObject(scope[name].prototype) : null, describeKey(Object.prototype.toString.call(scope[name]))];
    }
  }
  seen.fetch = [scope.fetch, scope.addEventListener, scope.setTimeout, scope.close].filter(Boolean).map(describeFunction);
  /* Firefox makes its globals when they are first looked at, so their order tells nothing. */
  seen.globals = Reflect.ownKeys(scope).map(describeKey).sort();
  seen.globalPrototype = Reflect.ownKeys(Object.getPrototypeOf(scope)).map(describeKey).sort();
  seen.enumerable = Object.keys(scope).sort();

  seen.chains = {
    caches: scope.caches instanceof CacheStorage,
    storage: Object.getPrototypeOf(scope.caches) === CacheStorage.prototype,
    constructor: Response.prototype.constructor === Response,
    error: Response.error() instanceof Response,
    redirect: Response.redirect("/x").constructor === Response,
    json: typeof Response.json === "function" ? Response.json({}) instanceof Response : null,
    clone: new Response("x").clone() instanceof Response,
    own: Reflect.ownKeys(new Response("x")).map(describeKey),
    tag: Object.prototype.toString.call(new Response("x")),
    toString: Function.prototype.toString.call(Function.prototype.toString),
    chain: (() => { const names = []; for (let at = new Response("x"); at; at = Object.getPrototypeOf(at)) { names.push(at.constructor.name); } return names; })()
  };
  class Derived extends Response {
    constructor(body) { super(body); this.mine = 1; }
    get status() { seen.statusRuns = (seen.statusRuns || 0) + 1; return super.status; }
    get extra() { return this.mine + 1; }
  }
  const derived = new Derived("body");
  seen.derived = [derived instanceof Derived, derived instanceof Response, derived.extra, derived.constructor.name, await derived.text(), Derived.name, Object.getPrototypeOf(Derived) === Response];
  seen.targets = (() => { const made = Reflect.construct(Response, ["x"], Array); return [made instanceof Array, made instanceof Response, made.constructor === Array]; })();

  const describeError = (error) => {
    const found = [Object.prototype.toString.call(error), error && error.name, error && String(error.message), error && error.constructor && error.constructor.name, error instanceof Error, error instanceof TypeError, error instanceof DOMException];
    return found;
  };
  const outcome = async (make) => {
    let promise;
    try { promise = make(); } catch (error) { return ["throws", describeError(error)]; }
    const plain = [promise instanceof Promise, promise && promise.constructor === Promise, Reflect.ownKeys(Object(promise)).map(describeKey)];
    try { const value = await promise; return ["fulfilled", plain, value === undefined ? "undefined" : Object.prototype.toString.call(value), typeof value === "object" ? null : value]; }
    catch (error) { return ["rejected", plain, describeError(error)]; }
  };

  await caches.delete("unseen");
  const cache = await caches.open("unseen");
  seen.cache = [cache instanceof Cache, Object.getPrototypeOf(cache) === Cache.prototype, Reflect.ownKeys(cache).map(describeKey)];
  const used = new Response("used");
  await used.text();
  const locked = new Response("locked");
  locked.body.getReader();
  const strange = { get ignoreSearch() { seen.getterRuns = (seen.getterRuns || 0) + 1; return true; } };
  const text = { toString() { seen.stringRuns = (seen.stringRuns || 0) + 1; return "/text"; } };
  const name = { toString() { seen.nameRuns = (seen.nameRuns || 0) + 1; return "unseen"; } };
  const list = { [Symbol.iterator]: function* () { seen.listRuns = (seen.listRuns || 0) + 1; yield "/data?list"; } };
  const TRIALS = {
    putBadScheme: () => cache.put("ftp://x/y", new Response("x")),
    putPost: () => cache.put(new Request("/p", { method: "POST" }), new Response("x")),
    putPartial: () => cache.put("/p", new Response("x", { status: 206 })),
    putVaryStar: () => cache.put("/p", new Response("x", { headers: { vary: "*" } })),
    putUsed: () => cache.put("/p", used),
    putLocked: () => cache.put("/p", locked),
    putNothing: () => cache.put(),
    putOne: () => cache.put("/p"),
    putString: () => cache.put("/p", "text"),
    putNull: () => cache.put("/p", null),
    putBadUrl: () => cache.put("http://[", new Response("x")),
    putThis: () => Cache.prototype.put.call({}, "/p", new Response("x")),
    putNoThis: () => { const put = cache.put; return put("/p", new Response("x")); },
    putNew: () => new cache.put("/p", new Response("x")),
    putGood: () => cache.put("/good", new Response("good")),
    putNullBody: () => cache.put("/null", new Response(null, { status: 200 })),
    putError: () => cache.put("/error", Response.error()),
    putText: () => cache.put(text, new Response("text")),
    putDerived: () => cache.put("/derived", new Derived("derived")),
    putStreamThrows: () => cache.put("/broken", new Response(new ReadableStream({ start(controller) { controller.error(new RangeError("broken stream")); } }))),
    putStreamWrong: () => cache.put("/wrong", new Response(new ReadableStream({ start(controller) { controller.enqueue("no bytes"); controller.close(); } }))),
    putStreamStranger: () => cache.put("/stranger", new Response(new ReadableStream({ pull(controller) { controller.error("a string"); } }))),
    putNetwork: () => fetch("/data?put").then((response) => cache.put("/network", response)),
    putMissing: () => fetch("/missing").then((response) => cache.put("/missing", response)),
    matchGood: () => cache.match("/good"),
    matchMiss: () => cache.match("/none"),
    matchGetter: () => cache.match("/good?x", strange),
    matchGetterThrows: () => cache.match("/good", { get ignoreVary() { throw new RangeError("option"); } }),
    matchNameThrows: () => caches.match("/good", { get ignoreVary() { return true; }, cacheName: { toString() { throw new RangeError("name"); } } }),
    matchNameUnread: () => cache.match("/good", { get cacheName() { seen.nameRead = true; return "x"; } }),
    matchSymbol: () => cache.match(Symbol("s")),
    matchFunctionOptions: () => cache.matchAll("/good?x", Object.assign(() => 1, { ignoreSearch: true })),
    addAllIteratorThrows: () => cache.addAll({ get [Symbol.iterator]() { seen.iteratorRead = (seen.iteratorRead || 0) + 1; throw new RangeError("iterator"); } }),
    addAllFunction: () => cache.addAll(Object.assign(() => 1, { [Symbol.iterator]: function* () { yield "/data?list"; } })),
    addAborted: () => { const controller = new AbortController(); controller.abort("why"); return cache.add(new Request("/data", { signal: controller.signal })); },
    putThisRuns: () => Cache.prototype.put.call({}, { toString() { seen.strangerRan = true; return "/"; } }, new Response("x")),
    matchNothing: () => cache.match(),
    matchUndefined: () => cache.match(undefined),
    matchBadUrl: () => cache.match("http://["),
    matchBadOptions: () => cache.match("/good", 5),
    matchThis: () => Cache.prototype.match.call(caches, "/good"),
    matchAll: () => cache.matchAll(),
    matchAllBad: () => cache.matchAll("http://["),
    keys: () => cache.keys(),
    keysPost: () => cache.keys(new Request("/good", { method: "POST" })),
    deleteGood: () => cache.delete("/good"),
    deleteMiss: () => cache.delete("/none"),
    deleteNothing: () => cache.delete(),
    add: () => cache.add("/data?add"),
    addMissing: () => cache.add("/missing"),
    addNothing: () => cache.add(),
    addBad: () => cache.add("ftp://x/"),
    addPost: () => cache.add(new Request("/data", { method: "POST" })),
    addAll: () => cache.addAll(["/data?1", new Request("/data?2")]),
    addAllIterable: () => cache.addAll(list),
    addAllEmpty: () => cache.addAll([]),
    addAllTwice: () => cache.addAll(["/data?3", "/data?3"]),
    addAllNothing: () => cache.addAll(),
    addAllString: () => cache.addAll("/data"),
    addAllMissing: () => cache.addAll(["/data?4", "/missing"]),
    open: () => caches.open("unseen"),
    openNothing: () => caches.open(),
    openName: () => caches.open(name),
    openSymbol: () => caches.open(Symbol("s")),
    openNew: () => new caches.open("x"),
    openThis: () => CacheStorage.prototype.open.call({}, "x"),
    openNoThis: () => { const open = caches.open; return open("unseen"); },
    has: () => caches.has("unseen"),
    hasNot: () => caches.has("never"),
    hasNothing: () => caches.has(),
    storageKeys: () => caches.keys(),
    storageMatch: () => caches.match("/network"),
    storageMatchNamed: () => caches.match("/network", { cacheName: "unseen" }),
    storageMatchNone: () => caches.match("/network", { cacheName: "never" }),
    storageDelete: () => caches.delete("never"),
    storageDeleteNothing: () => caches.delete(),
    illegalCache: () => new Cache(),
    illegalStorage: () => CacheStorage(),
    illegalResponse: () => Response("x"),
    responseStatus: () => new Response("x", { status: 99 }),
    responseNullStatus: () => new Response("x", { status: 204 }),
    responseBad: () => new Response({ toString() { throw new RangeError("no text"); } }),
    cloneUsed: () => used.clone(),
    cloneThis: () => Response.prototype.clone.call({}),
    toStringThis: () => Function.prototype.toString.call({}),
    toStringNew: () => new Function.prototype.toString(),
    databasesThis: () => IDBFactory.prototype.databases ? IDBFactory.prototype.databases.call({}) : null,
    fetchNothing: () => fetch(),
    fetchBad: () => fetch("http://["),
    fetchThis: () => fetch.call({}, "/data")
  };
  seen.trials = {};
  for (const trial of Object.keys(TRIALS)) {
    seen.trials[trial] = await outcome(TRIALS[trial]);
  }

  const responses = await cache.matchAll();
  const requests = await cache.keys();
  seen.contents = await Promise.all(requests.map(async (request, index) => [request.url, request.method, responses[index].status, responses[index].type, responses[index].url,
    Array.from(responses[index].headers).filter((pair) => pair[0] !== "date"), responses[index].bodyUsed, responses[index].body === null, await responses[index].text()]));
  seen.names = await caches.keys();
  if (indexedDB.databases) {
    seen.databases = (await indexedDB.databases()).map((entry) => entry.name);
  }

  /* A body is the site's own until it is put: what was given may be changed afterwards. */
  const bytes = new Uint8Array([1, 2, 3]);
  const kept = new Response(bytes);
  bytes[0] = 9;
  seen.kept = Array.from(new Uint8Array(await kept.arrayBuffer()));

  /* unhandledrejection comes once for a rejection that nobody handles, and never for a handled one. */
  const heard = [];
  let resume = () => undefined;
  const listener = (event) => { event.preventDefault(); heard.push(String(event.reason && event.reason.name || event.reason)); resume(); };
  scope.addEventListener("unhandledrejection", listener);
  const hear = async (wanted) => { while (!heard.includes(wanted)) { await new Promise((resolve) => { resume = resolve; }); } };
  const unheard = cache.put("ftp://x/", new Response("x"));
  if (muted) {
    unheard.catch(() => undefined);
  } else {
    await hear("TypeError");
  }
  Promise.reject("first");
  await hear("first");
  await cache.put("ftp://x/", new Response("x")).catch(() => undefined);
  await caches.open("unseen").then((opened) => opened.add("/missing")).catch(() => undefined);
  await fetch("http://[").catch(() => undefined);
  Promise.reject("last");
  await hear("last");
  scope.removeEventListener("unhandledrejection", listener);
  seen.unhandled = heard;
  await unheard.catch(() => undefined);

  if (scope.document) {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const other = frame.contentWindow;
    seen.frame = {
      text: other.Function.prototype.toString.call(Cache.prototype.put),
      response: other.Function.prototype.toString.call(Response),
      itself: other.Function.prototype.toString.call(Function.prototype.toString),
      backwards: Function.prototype.toString.call(other.Cache.prototype.put),
      own: other.String(other.Cache.prototype.put),
      globals: other.Reflect.ownKeys(other).map(describeKey).sort(),
      instance: new other.Response("x") instanceof Response
    };
    frame.remove();
  }
  await caches.delete("unseen");
  return JSON.stringify(seen);
}
