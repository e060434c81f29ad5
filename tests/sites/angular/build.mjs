// Angular's own worker file, and the ngsw.json that its own command line makes of a small static app.
import { execFileSync } from 'node:child_process';
import { copyFile, cp, readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const [out, report] = process.argv.slice(2);
const tools = `${process.cwd()}/node_modules/@angular/service-worker/`;
const config = fileURLToPath(new URL('./ngsw-config.json', import.meta.url));
await cp(new URL('./src/', import.meta.url), out, { recursive: true });
// The tool takes its paths as relative to where it is run, absolute ones too.
const here = process.cwd();
execFileSync(process.execPath, [`${tools}ngsw-config.js`, relative(here, out), relative(here, config), '/'], { stdio: 'inherit' });
for (const name of ['ngsw-worker.js', 'safety-worker.js']) await copyFile(tools + name, `${out}/${name}`);
const made = JSON.parse(await readFile(`${out}/ngsw.json`, 'utf8'));
const urls = made.assetGroups.filter((group) => group.installMode === 'prefetch').flatMap((group) => group.urls);
await writeFile(report, JSON.stringify({ count: urls.length, entries: urls.map((url) => ({ url, revision: null })) }));
