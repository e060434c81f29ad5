/* appcache.js: every event, call and document of the application cache, where a build has one.

   Events come before the site's own handlers: this listens first. What the browser tells of a
   document before its load event is over, it keeps until then (HTML 5.1, 7.9.4), so the end of that
   event is noted just before the first of them. */

const appCache = attempt(() => scope.applicationCache);
let appCacheStatus = () => 0;
const watchedMethods = {};

const withoutFragment = (url) => String(url).split("#")[0];

if (appCache && scope.document) {
  const EVENTS = ["checking", "error", "noupdate", "downloading", "progress", "updateready", "cached", "obsolete"];
  const prototype = Object.getPrototypeOf(appCache);
  const readStatus = Object.getOwnPropertyDescriptor(prototype, "status").get;
  appCacheStatus = () => native.apply(readStatus, appCache, []);
  let known = !String(scope.location.protocol).startsWith("http");
  let loading = false;

  /* HTML 5.1, 7.9.5: an attribute that is empty names no manifest. */
  const manifestOf = (root) => {
    const given = native.apply(native.getAttribute, root, ["manifest"]);
    return given ? attempt(() => withoutFragment(new native.URL(given, scope.document.baseURI).href)) || null : null;
  };
  const noteDocument = () => {
    const root = scope.document.documentElement;
    if (!known && root) {
      known = true;
      record("appcache-document", { url: withoutFragment(scope.location.href), manifest: manifestOf(root) });
    }
  };
  /* Handed over before the parser's first script runs, and before any event. */
  const rootObserver = new native.MutationObserver(() => {
    if (scope.document.documentElement) {
      rootObserver.disconnect();
      noteDocument();
    }
  });
  rootObserver.observe(scope.document, { childList: true });

  const noteLoaded = () => {
    if (loading) {
      loading = false;
      record("appcache-loaded", {});
    }
  };
  scope.addEventListener("load", (event) => {
    if (event.target === scope.document && event.isTrusted) {
      noteDocument();
      loading = true;
      native.setTimeout(noteLoaded, 0);
    }
  }, true);
  scope.addEventListener("pagehide", () => { noteDocument(); record("appcache-ended", {}); }, true);

  const noteEvent = (event) => {
    if (!event.isTrusted) {
      return;
    }
    noteDocument();
    noteLoaded();
    const counted = event.type === "progress";
    record("appcache-event", {
      name: event.type,
      url: withoutFragment(scope.location.href),
      status: appCacheStatus(),
      loaded: counted ? event.loaded : null,
      total: counted ? event.total : null,
      reason: event.reason ? String(event.reason) : "",
      failedUrl: event.url ? String(event.url) : "",
      failedStatus: event.status ? Number(event.status) : 0,
      message: event.message ? String(event.message) : ""
    });
  };
  for (const name of EVENTS) {
    appCache.addEventListener(name, noteEvent, true);
  }

  for (const method of ["update", "swapCache", "abort"]) {
    replaceMethod(prototype, method, (original, self, args) => {
      noteDocument();
      /* What comes of the call must not seem to come before it. */
      const started = now();
      const before = appCacheStatus();
      let thrown = null;
      try {
        return native.apply(original, self, args);
      } catch (error) {
        thrown = describeError(error);
        throw error;
      } finally {
        record("appcache-call", { time: started, method: method, before: before, after: appCacheStatus(), error: thrown && thrown.name });
      }
    });
    watchedMethods[method] = prototype[method];
  }
}

/* What a test asks. Its own calls go the way of the site's, and are recorded like them. */
const askAppCache = (method) => {
  if (!appCache) {
    return { supported: false };
  }
  if (method) {
    try {
      native.apply(watchedMethods[method], appCache, []);
    } catch (error) {
      return { supported: true, error: describeError(error), status: appCacheStatus() };
    }
  }
  return { supported: true, error: null, status: appCacheStatus() };
};
