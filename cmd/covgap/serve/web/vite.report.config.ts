import {readFileSync} from 'node:fs';
import {defineConfig, type Plugin} from 'vite';
import {digest} from './sources';

// The part of covgap report that runs in the browser: one script and one style sheet with
// everything in them, which the program puts into the report.
const out = '../../report/document/dist';

// MapLibre's worker, as the page has it: it is built before.
const worker: Plugin = {
  name: 'worker',
  resolveId: (id) => (id === 'virtual:worker' ? '\0worker' : null),
  load: (id) => (id === '\0worker' ? `export default ${JSON.stringify(readFileSync('dist/assets/maplibre-gl-worker.js', 'utf8'))}` : null),
};

export default defineConfig({
  plugins: [worker],
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: out,
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    chunkSizeWarningLimit: 2000,
    cssCodeSplit: false,
    rollupOptions: {
      input: 'src/report.ts',
      output: {format: 'iife', entryFileNames: 'report.js', assetFileNames: 'report[extname]', banner: `/* sources ${digest()} */`},
    },
  },
});
