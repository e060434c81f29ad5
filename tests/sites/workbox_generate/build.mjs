// workbox-build generateSW: the tool writes the whole worker, in its loader form (define) with a runtime file beside it.
import { cp, writeFile } from 'node:fs/promises';
import { generateSW } from 'workbox-build';

const [out, report] = process.argv.slice(2);
await cp(new URL('./src/', import.meta.url), out, { recursive: true });
let listed = [];
const built = await generateSW({
  globDirectory: out,
  globPatterns: ['**/*.{html,css,js,svg}'],
  globIgnores: ['pictures/later.svg'],
  // A name that carries its own hash gets no revision.
  dontCacheBustURLsMatching: /\.[0-9a-f]{8}\./,
  swDest: `${out}/sw.js`,
  mode: 'production',
  skipWaiting: false,
  clientsClaim: false,
  navigateFallback: 'index.html',
  runtimeCaching: [{ urlPattern: /later\.svg$/, handler: 'CacheFirst', options: { cacheName: 'later' } }],
  manifestTransforms: [(entries) => { listed = entries; return { manifest: entries }; }],
});
await writeFile(report, JSON.stringify({ count: built.count, entries: listed }));
