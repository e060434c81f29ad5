/* describe.js: requests, responses and bodies as data, read without disturbing them. */

/* Read by the natives: a class of the site's own that extends Response may have getters of its
   own, and a frame's Request is no instance of ours but a Request to the browser all the same. */
const getters = (owner, names) => {
  const found = {};
  for (const name of names) {
    const getter = Object.getOwnPropertyDescriptor(owner, name).get;
    found[name] = (value) => native.apply(getter, value, []);
  }
  return found;
};
const ofRequest = getters(native.Request.prototype, ["url", "method", "headers", "signal"]);
const ofResponse = getters(native.Response.prototype, ["status", "statusText", "headers", "type", "url", "redirected", "bodyUsed"]);

const isOne = (getter) => (value) => value !== null && typeof value === "object" && attempt(() => { getter(value); return true; }) === true;
const isRequest = isOne(ofRequest.url);
const isResponse = isOne(ofResponse.status);

const headerList = (headers) => {
  const list = [];
  native.apply(native.Headers.prototype.forEach, headers, [(value, name) => { list.push([name, value]); }]);
  return list;
};

/* A string is noted as written and as it resolves here; the model resolves it again by itself. */
const describeRequest = (given) => {
  if (isRequest(given)) {
    return { url: ofRequest.url(given), method: ofRequest.method(given), headers: headerList(ofRequest.headers(given)), given: null };
  }
  const text = String(given);
  let url = text;
  try {
    url = new native.URL(text, scope.document ? scope.document.baseURI : scope.location.href).href;
  } catch (invalid) {
    url = text;
  }
  return { url: url, method: "GET", headers: [], given: text };
};

const describeRequestSafely = (given) => {
  try {
    return describeRequest(given);
  } catch (unreadable) {
    return { url: "", method: "GET", headers: [], given: "" };
  }
};

const describeResponse = (response) => ({
  status: ofResponse.status(response),
  statusText: ofResponse.statusText(response),
  headers: headerList(ofResponse.headers(response)),
  type: ofResponse.type(response),
  url: ofResponse.url(response),
  redirected: ofResponse.redirected(response)
});

/* Who locks a body has its stream: it was handed over, or asked for. To ask for it ourselves would
   make one where there was none. */
const isLocked = scope.ReadableStream && getters(scope.ReadableStream.prototype, ["locked"]).locked;
const noteStream = (response, stream) => {
  if (isLocked && attempt(() => { isLocked(stream); return true; })) {
    shared.streams.set(response, stream);
  }
};
replaceGetter(native.Response.prototype, "body", (target, self, args) => {
  const stream = native.apply(target, self, args);
  noteStream(self, stream);
  return stream;
});

/* A body that was used, or is locked, cannot be put. */
const spentOf = (response) => {
  if (ofResponse.bodyUsed(response)) {
    return "used";
  }
  const stream = shared.streams.get(response);
  return stream && isLocked(stream) ? "locked" : null;
};

const describeGiven = (response) => Object.assign(describeResponse(response), { spent: spentOf(response) });

/* Bodies that scripts build are known when the Response is constructed: keeping the source is far
   cheaper than cloning the response (measured: 1.05 against 1.3 times a bare put). */
const bodies = new WeakMap();
const encoder = new TextEncoder();

const bytesOf = (source) => {
  if (typeof source === "string") {
    return source;
  }
  if (source instanceof ArrayBuffer) {
    return new Uint8Array(source.slice(0));
  }
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer.slice(source.byteOffset, source.byteOffset + source.byteLength));
  }
  return undefined;
};

const DIGEST_LIMIT = 64 * 1024 * 1024;

/* A worker script that was stored carries the probe that the origin put in front of it; the site
   did not write that, so it counts neither in size nor in digest. */
const hasAt = (bytes, at, text) => {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[at + index] !== text.charCodeAt(index)) {
      return false;
    }
  }
  return true;
};
const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";
const withoutProbe = (bytes) => {
  const start = hasAt(bytes, 0, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  if (!hasAt(bytes, start, MARKER_START)) {
    return bytes;
  }
  for (let index = start + MARKER_START.length; index <= bytes.length - MARKER_END.length; index += 1) {
    if (hasAt(bytes, index, MARKER_END)) {
      const rest = bytes.slice(index + MARKER_END.length - start);
      rest.set(bytes.subarray(0, start));
      return rest;
    }
  }
  return bytes;
};

const digest = (given) => {
  const bytes = withoutProbe(given);
  return native.apply(native.then, native.subtle.digest("SHA-256", bytes), [
    (value) => ({ size: bytes.byteLength, sha256: hex(value) })
  ]);
};

/* Reads to the end; past the limit only the length is kept. */
const digestStream = async (stream) => {
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const step = await reader.read();
    if (step.done) {
      break;
    }
    /* https://streams.spec.whatwg.org/#read-loop: a chunk of any other kind ends it with a TypeError. */
    if (Object.prototype.toString.call(step.value) !== "[object Uint8Array]") {
      throw new TypeError("no body");
    }
    size += step.value.byteLength;
    if (size <= DIGEST_LIMIT) {
      chunks.push(step.value);
    } else {
      chunks.length = 0;
    }
  }
  if (size > DIGEST_LIMIT) {
    return { size: size, sha256: null };
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return digest(whole);
};

/* A body that says that it is small is read at once, which costs a third of reading its stream. */
const readBody = (copy) => {
  if (copy.body === null) {
    return native.resolve({ size: 0, sha256: EMPTY_SHA256, nullBody: true });
  }
  const announced = copy.headers.get("content-length");
  if (announced !== null && Number(announced) <= DIGEST_LIMIT) {
    return native.apply(native.then, copy.arrayBuffer(), [(buffer) => digest(new Uint8Array(buffer))]);
  }
  return digestStream(copy.body);
};

/* The body of a response that is about to be used: from its source, else from a clone. Null where
   it cannot be read: opaque, used, locked. */
const takeBody = (response) => {
  const type = ofResponse.type(response);
  if (spentOf(response) || type === "opaque" || type === "opaqueredirect" || type === "error") {
    return null;
  }
  const source = bodies.get(response);
  if (source !== undefined) {
    return () => digest(typeof source === "string" ? encoder.encode(source) : source);
  }
  try {
    const copy = native.apply(native.clone, response, []);
    return () => readBody(copy);
  } catch (locked) {
    return null;
  }
};
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/* What is still being read for calls that have settled: whoever reads the records waits for it. */
const digesting = new Set();

const awaited = (work) => {
  digesting.add(work);
  const done = () => { digesting.delete(work); };
  attend(work, done, done);
};

const recordBody = (operation, slot, take) => native.apply(native.then, take(), [
  (found) => { record("body", Object.assign({ operation: operation, slot: slot }, found)); },
  () => undefined
]);

/* At most so long: a body that never ends may not keep a test waiting. */
const within = (milliseconds, promise) => new Promise((resolve) => {
  const timer = native.setTimeout(() => { resolve(false); }, milliseconds);
  const settled = () => { native.clearTimeout(timer); resolve(true); };
  attend(promise, settled, settled);
});

const constructed = disguise(scope.Response, {
  construct: (target, args, newTarget) => {
    const response = native.construct(target, args, newTarget === constructed ? target : newTarget);
    const bytes = bytesOf(args[0]);
    if (bytes !== undefined) {
      bodies.set(response, bytes);
    } else {
      noteStream(response, args[0]);
    }
    return response;
  }
});
const responseDescriptor = Object.getOwnPropertyDescriptor(scope, "Response");
responseDescriptor.value = constructed;
Object.defineProperty(scope, "Response", responseDescriptor);
const constructorDescriptor = Object.getOwnPropertyDescriptor(native.Response.prototype, "constructor");
constructorDescriptor.value = constructed;
Object.defineProperty(native.Response.prototype, "constructor", constructorDescriptor);

/* Where a response came from: a cache (by name, where that is known) or the network. */
const sources = new WeakMap();

replaceMethod(native.Response.prototype, "clone", (target, self, args) => {
  const copy = native.apply(target, self, args);
  if (sources.has(self)) {
    sources.set(copy, sources.get(self));
  }
  if (bodies.has(self)) {
    bodies.set(copy, bodies.get(self));
  }
  return copy;
});
