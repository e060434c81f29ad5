// A service worker that does offline what an application cache did.
//
// Written by `pytest-offline migrate` from the manifest that MANIFEST names. Serve it from the
// folder of the manifest or above it, over https or from localhost, and register it in your pages:
//
//   navigator.serviceWorker.register("/sw.js");
//
// Leave `manifest="…"` in your pages: browsers without an application cache pass over it, and this
// worker keeps a page because of it, as ever.
//
// The same as before: what CACHE lists is fetched when the worker is installed, all or nothing;
// every page that names the manifest is kept when it is opened; what is kept is never asked for
// again; NETWORK goes by prefix; FALLBACK by the longest prefix, when the network fails, says 4xx
// or 5xx, or (not for pages) redirects to another site; what is listed nowhere is refused; what is
// no GET goes to the network. Vary and Cache-Control are not looked at.
//
// What cannot be the same:
//
// - Updates. A browser looks for a new version of this script, no longer of the manifest: run the
//   command again whenever you would have changed the manifest. The answer 404 or 410 for a
//   manifest took the cache away; here a worker does that which only calls
//   self.registration.unregister().
// - The moment of the update. A new version waits until every page of the old one is closed; a
//   reload used to be enough. A page that cannot wait tells it so and reloads on
//   "controllerchange":
//   navigator.serviceWorker.ready.then(({ waiting }) => waiting?.postMessage("swapCache"));
//   That swaps the cache of every open page; swapCache() did it for one.
// - Events and states. There is no window.applicationCache: see "updatefound", "statechange" and
//   "controllerchange" of the registration. Nothing reports progress.
// - Opaque responses. A file of another site that sends no CORS headers is kept without a look at
//   it: an error page or a redirect is kept too, and it costs more of the quota than its size.
// - Foreign entries. A listed page that names another manifest used to be left to that manifest
//   when it was opened; here it is kept and served like any other listed file.
// - Other pages. Rules for a page's files held only where the page itself came from the cache. A
//   worker cannot see that: here they hold for every page that is kept or that FALLBACK covers.
// - The manifest itself was an entry of its cache. Here it is a file like any other.
// - Range requests (audio, video) for a kept file are answered with all of it.
"use strict";

const MANIFEST = __MANIFEST__;

// Part of the names of the caches. Where you change what follows by hand, give another.
const VERSION = __VERSION__;

// CACHE, and what stands in for others.
const FILES = __FILES__;

// What stands in, by the prefix it stands in for; the longest prefix first.
const FALLBACK = __FALLBACK__;

// Prefixes of what comes from the network or not at all.
const NETWORK = __NETWORK__;

// NETWORK: * – whether what is listed nowhere comes from the network; else it is refused.
const NETWORK_WILDCARD = __NETWORK_WILDCARD__;

// SETTINGS: prefer-online – whether pages are kept for the time without a network only. No Chromium
// ever read it: where your users had one, false is as it was.
const PREFER_ONLINE = __PREFER_ONLINE__;

const FILE_CACHE = `${MANIFEST} files ${VERSION}`;
const PAGE_CACHE = `${MANIFEST} pages ${VERSION}`;

const absolute = (url) => new URL(url, self.location.origin).href;
const withoutFragment = (url) => url.split("#")[0];
const files = FILES.map(absolute);
const network = NETWORK.map(absolute);
const fallbacks = FALLBACK.map(([prefix, file]) => [absolute(prefix), absolute(file)]);

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data === "swapCache") {
    self.skipWaiting();
  }
});

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") {
    event.respondWith(event.request.mode === "navigate" ? openPage(event) : loadFile(event));
  }
});

// Installing: every file or none.

async function install() {
  const cache = await caches.open(FILE_CACHE);
  const done = await Promise.allSettled(
    files.map(async (url) => cache.put(url, await fetchFile(url)))
  );
  const failed = done.find(({ status }) => status === "rejected");
  if (failed) {
    await caches.delete(FILE_CACHE);
    throw failed.reason;
  }
  await renewPages();
}

async function fetchFile(url) {
  // A redirect is an error: what comes from elsewhere is not the file that was listed.
  const fresh = { cache: "reload", redirect: "error" };
  const elsewhere = new URL(url).origin !== self.location.origin;
  const answer = await fetch(url, fresh).catch((error) => {
    if (elsewhere) {
      return fetch(url, { cache: "reload", mode: "no-cors", credentials: "include" });
    }
    throw error;
  });
  if (!answer.ok && answer.type !== "opaque") {
    throw new Error(`${url} answers with status ${answer.status}: nothing is installed`);
  }
  return withoutVary(answer);
}

// Pages that are open, and those of the version before, belong to the new version.
async function renewPages() {
  const old = (await ownCaches()).filter(
    (name) => name.startsWith(`${MANIFEST} pages `) && name !== PAGE_CACHE
  );
  const kept = await Promise.all(old.map(async (name) => (await caches.open(name)).keys()));
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const urls = [...kept.flat(), ...open].map(({ url }) => withoutFragment(url));
  const pages = [...new Set(urls)].filter(
    (url) => url.startsWith(self.location.origin + "/") && !files.includes(url)
  );
  await Promise.all(pages.map((url) => renewPage(url, old)));
}

async function renewPage(url, old) {
  const cache = await caches.open(PAGE_CACHE);
  const answer = await fetch(url, { cache: "reload", redirect: "error" }).catch(Response.error);
  if (answer.ok) {
    await keepIfNamed(cache, url, answer);
  } else if (answer.status !== 404 && answer.status !== 410) {
    const before = await findIn(old, url);
    await (before && cache.put(url, before));
  }
}

async function activate() {
  const old = (await ownCaches()).filter((name) => name !== FILE_CACHE && name !== PAGE_CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

const ownCaches = async () =>
  (await caches.keys()).filter((name) => name.startsWith(`${MANIFEST} `));

// Pages and frames: what is kept, else the network, else what stands in.

async function openPage(event) {
  const url = withoutFragment(event.request.url);
  const kept = await find(url);
  if (kept && !PREFER_ONLINE) {
    return kept;
  }
  const standIn = async () => kept || (isIn(network, url) ? undefined : standInFor(url));
  try {
    const answer = await fetch(event.request);
    if (answer.status >= 400) {
      return (await standIn()) || answer;
    }
    event.waitUntil(keepPage(url, answer.clone()));
    return answer;
  } catch (error) {
    const found = await standIn();
    if (found) {
      return found;
    }
    throw error;
  }
}

async function keepPage(url, answer) {
  if (answer.ok && /html/.test(answer.headers.get("Content-Type") || "")) {
    await keepIfNamed(await caches.open(PAGE_CACHE), url, answer);
  }
}

async function keepIfNamed(cache, url, answer) {
  const html = (await answer.clone().text()).replace(/<!--[^]*?-->/g, "");
  const attribute = /<html\b[^>]*?\smanifest\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(html);
  const named = attribute && attribute.slice(1).find((value) => value !== undefined);
  if (named && withoutFragment(new URL(named, url).href) === absolute(MANIFEST)) {
    await cache.put(url, withoutVary(answer));
  }
}

// What a page asks for: what is kept, else NETWORK, else FALLBACK, else the wildcard, else nothing.

async function loadFile(event) {
  const { request } = event;
  const url = withoutFragment(request.url);
  if (!(await isOurs(event.clientId))) {
    return fetch(request);
  }
  const kept = await find(url);
  if (kept) {
    return kept;
  }
  if (isIn(network, url)) {
    return fetch(request);
  }
  if (isCovered(url)) {
    const answer = await fetch(request).catch(Response.error);
    const failed = answer.type === "error" || answer.status >= 400;
    // The request was for this site, so these two come from another, after a redirect.
    const isElsewhere = answer.type === "cors" || answer.type === "opaque";
    return failed || isElsewhere ? (await standInFor(url)) || answer : answer;
  }
  return NETWORK_WILDCARD ? fetch(request) : Response.error();
}

// Whether the rules hold for the one who asks: a page (or worker) that is kept, or that FALLBACK
// covers, for which something may stand in.
async function isOurs(clientId) {
  const client = await self.clients.get(clientId);
  const url = client && withoutFragment(client.url);
  return !client || isCovered(url) || Boolean(await find(url));
}

const isIn = (prefixes, url) => prefixes.some((prefix) => url.startsWith(prefix));

const isCovered = (url) => fallbacks.some(([prefix]) => url.startsWith(prefix));

const find = (url) => findIn([FILE_CACHE, PAGE_CACHE], url);

async function findIn(names, url) {
  for (const name of names) {
    const found = await caches.match(url, { cacheName: name });
    if (found) {
      return found;
    }
  }
  return undefined;
}

async function standInFor(url) {
  const [, file] = fallbacks.find(([prefix]) => url.startsWith(prefix)) || [];
  const kept = file && (await find(file));
  // Made anew, for a response keeps its URL: what stands in has the URL that was asked for.
  return kept && remade(kept, kept.headers);
}

// The Cache API refuses `Vary: *` and goes by Vary; an application cache does neither.
function withoutVary(answer) {
  if (!answer.headers.has("Vary")) {
    return answer;
  }
  const headers = new Headers(answer.headers);
  headers.delete("Vary");
  return remade(answer, headers);
}

const remade = ({ body, status, statusText }, headers) =>
  new Response(body, { status, statusText, headers });
