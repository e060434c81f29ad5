// workbox-build injectManifest: the site's own worker, the list written into it, bundled to one minified file.
import { cp, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { injectManifest } from 'workbox-build';

const [out, report] = process.argv.slice(2);
await cp(new URL('./src/', import.meta.url), out, { recursive: true });
let listed = [];
const injected = await injectManifest({
  swSrc: fileURLToPath(new URL('./worker.js', import.meta.url)),
  swDest: `${out}/worker.injected.js`,
  globDirectory: out,
  globPatterns: ['**/*.{html,css,js,json}'],
  manifestTransforms: [(entries) => { listed = entries; return { manifest: entries }; }],
});
await build({
  entryPoints: [`${out}/worker.injected.js`],
  outfile: `${out}/worker.js`,
  bundle: true,
  minify: true,
  format: 'iife',
  define: { 'process.env.NODE_ENV': '"production"' },
  nodePaths: [`${process.cwd()}/node_modules`],
});
await rm(`${out}/worker.injected.js`);
await writeFile(report, JSON.stringify({ count: injected.count, entries: listed }));
