import {readFileSync} from 'node:fs';
import {defineConfig, type Plugin} from 'vite';
import {plainRaster} from './raster';
import {digest} from './sources';

// The part of covgap report that runs in the browser: one script and one style sheet with
// everything in them, which the program puts into the report.
const sources = ['package.json', 'package-lock.json', 'raster.ts', 'sources.ts', 'tsconfig.json', 'vite.report.config.ts', 'src'];

// MapLibre's worker, as the page has it: that is built before.
const worker: Plugin = {
  name: 'worker',
  resolveId: (id) => (id === 'virtual:worker' ? '\0worker' : null),
  load: (id) => (id === '\0worker' ? `export default ${JSON.stringify(readFileSync('dist/assets/maplibre-gl-worker.js', 'utf8'))}` : null),
};

// The report is passed on by itself: its sources and the licences of what is built in stand
// in the script.
const head: Plugin = {
  name: 'head',
  generateBundle(_, bundle) {
    const licences = ['maplibre-gl/LICENSE.txt', '@fontsource/be-vietnam-pro/LICENSE'].map((name) => `${name}\n\n${readFileSync(`node_modules/${name}`, 'utf8').trim().replaceAll('*/', '* /')}`);
    for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = `/* sources ${digest(sources)}\n\n${licences.join('\n\n')}\n*/\n${file.code}`;
  },
};

export default defineConfig({
  plugins: [plainRaster, worker, head],
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: 'report',
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    chunkSizeWarningLimit: 2000,
    cssCodeSplit: false,
    rollupOptions: {input: 'src/report.ts', output: {format: 'iife', entryFileNames: 'report.js', assetFileNames: 'report[extname]'}},
  },
});
