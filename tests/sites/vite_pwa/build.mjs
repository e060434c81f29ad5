// vite with vite-plugin-pwa, as its guide has it: hashed assets, a web manifest, generateSW.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

const [out, report] = process.argv.slice(2);
let listed = [];
const said = [];
const inform = console.info;
console.info = (text) => { said.push(text); inform(text); };
await build({
  root: fileURLToPath(new URL('.', import.meta.url)),
  configFile: false,
  logLevel: 'info',
  build: { outDir: out, emptyOutDir: true },
  plugins: [VitePWA({
    registerType: 'autoUpdate',
    injectRegister: 'script',
    includeAssets: ['icon.svg'],
    manifest: {
      name: 'Packing list', short_name: 'Packing', start_url: './', display: 'standalone',
      icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' }],
    },
    workbox: { manifestTransforms: [(entries) => { listed = entries; return { manifest: entries }; }] },
  })],
});
// How many there are in all stands only in what the plugin prints, colours and all.
const printed = said.join('\n').replace(/\u001b\[\d+m/g, '');
const count = Number(printed.match(/precache\s+(\d+) entries/)[1]);
await writeFile(report, JSON.stringify({ count, entries: listed }));
