/* The programs of oracle.py on undici's CacheStorage: node oracle.js FOLDER ENTRIES OPERATIONS */
const { createRequire } = require("node:module");
const [folder, entries, operations] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const { caches, Response } = createRequire(`${folder}/`)("undici");
const url = (n) => `https://origin.test/entry/${n}?v=1`;
const response = () => new Response("x", { headers: { "content-type": "text/plain" } });

(async () => {
  const cache = await caches.open("bench");
  for (let n = 0; n < entries; n += 1) {
    await cache.put(url(n), response());
  }
  const rate = async (call) => {
    const started = performance.now();
    for (let n = 0; n < operations; n += 1) {
      await call((n * 7919) % entries);
    }
    return operations / (performance.now() - started) * 1000;
  };
  const match = await rate((n) => cache.match(url(n)));
  const put = await rate((n) => cache.put(url(n), response()));
  process.stdout.write(JSON.stringify({ match, put }));
})();
