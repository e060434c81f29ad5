/* snapshot.js: what the browser holds now, in one question; and setting the stage for a test. */

const PARALLEL = 24;

const base64 = (bytes) => {
  let text = "";
  for (let start = 0; start < bytes.length; start += 32768) {
    text += String.fromCharCode.apply(null, bytes.subarray(start, start + 32768));
  }
  return btoa(text);
};

const readEntry = async (request, response, bodies) => {
  const entry = { request: describeRequest(request), response: describeResponse(response) };
  if (response.type === "opaque" || response.type === "opaqueredirect" || response.type === "error") {
    return entry;
  }
  const bytes = withoutProbe(new Uint8Array(await response.arrayBuffer()));
  const found = await digest(bytes);
  entry.response.size = found.size;
  entry.response.sha256 = found.sha256;
  if (bodies) {
    entry.response.body = base64(bytes);
  }
  return entry;
};

/* Chromium lists no more than so many bytes at once ("Operation too large": 50,000 keys of 40
   characters, and far fewer responses with long headers). Without keys nothing else tells them. */
const listed = async (cache, name) => {
  try {
    return await native.apply(nativeCacheMethods.keys, cache, []);
  } catch (error) {
    throw describeError(error).name === "AbortError" ? { name: "too-large", message: name } : error;
  }
};

const answersTo = async (cache, requests) => {
  try {
    return await native.apply(nativeCacheMethods.matchAll, cache, []);
  } catch (error) {
    if (describeError(error).name !== "AbortError") {
      throw error;
    }
    const found = [];
    for (const request of requests) {
      found.push(await native.apply(nativeCacheMethods.match, cache, [request]));
    }
    return found.filter(Boolean);
  }
};

const readCache = async (name, bodies) => {
  const cache = await native.apply(nativeStorageMethods.open, native.caches, [name]);
  const requests = await listed(cache, name);
  const responses = await answersTo(cache, requests);
  if (requests.length !== responses.length) {
    return readCache(name, bodies);
  }
  const entries = new Array(requests.length);
  let next = 0;
  const work = async () => {
    while (next < requests.length) {
      const index = next;
      next += 1;
      entries[index] = await readEntry(requests[index], responses[index], bodies);
    }
  };
  await native.all(Array.from({ length: PARALLEL }, work));
  return { name: name, entries: entries };
};

const takeSnapshot = async (bodies) => {
  const names = await native.apply(nativeStorageMethods.keys, native.caches, []);
  const found = [];
  for (const name of names) {
    found.push(await readCache(name, bodies));
  }
  return found;
};

/* Keys alone, in the shape of a snapshot: what is asked again and again while a site gets ready. */
const takeKeys = async () => {
  const found = [];
  for (const name of await native.apply(nativeStorageMethods.keys, native.caches, [])) {
    const cache = await native.apply(nativeStorageMethods.open, native.caches, [name]);
    const requests = await listed(cache, name);
    found.push({ name: name, entries: requests.map((request) => ({ request: describeRequest(request), response: UNREAD })) });
  }
  return found;
};
const UNREAD = { status: 0, statusText: "", headers: [], type: "default", url: "", redirected: false };

const bytesFromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const seedCaches = async (caches) => {
  for (const wanted of caches) {
    const cache = await native.apply(nativeStorageMethods.open, native.caches, [wanted.name]);
    for (const entry of wanted.entries) {
      const request = new native.Request(entry.url, { headers: entry.requestHeaders });
      const response = new native.Response(entry.body === null ? null : bytesFromBase64(entry.body), { status: entry.status, statusText: entry.statusText, headers: entry.headers });
      await native.apply(nativeCacheMethods.put, cache, [request, response]);
    }
  }
};
