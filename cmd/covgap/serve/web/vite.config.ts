import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {defineConfig, type Plugin} from 'vite';
import {plainRaster} from './raster';
import {digest} from './sources';

// What the page is built from. A Go test computes the same digest and compares it with the
// one in the built page, so that a page that was not built again is found.
const sources = ['index.html', 'package.json', 'package-lock.json', 'raster.ts', 'sources.ts', 'tsconfig.json', 'vite.config.ts', 'src'];

// Licences of what is built in, beside it.
const licences = ['maplibre-gl/LICENSE.txt', '@fontsource/be-vietnam-pro/LICENSE'];

const ship: Plugin = {
  name: 'ship',
  transformIndexHtml: (html) => html.replace('<head>', `<head>\n    <meta name="sources" content="${digest(sources)}">`),
  generateBundle() {
    const text = licences.map((name) => `${name}\n${'='.repeat(name.length)}\n\n${readFileSync(join('node_modules', name), 'utf8').trim()}\n`).join('\n\n');
    this.emitFile({type: 'asset', fileName: 'THIRD-PARTY-LICENCES.txt', source: text});
  },
};

export default defineConfig({
  base: './',
  plugins: [plainRaster, ship],
  worker: {format: 'es', rollupOptions: {output: {entryFileNames: 'assets/[name].js', chunkFileNames: 'assets/[name].js', assetFileNames: 'assets/[name][extname]'}}},
  build: {
    target: 'es2022',
    sourcemap: false,
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rollupOptions: {output: {entryFileNames: 'assets/[name].js', chunkFileNames: 'assets/[name].js', assetFileNames: 'assets/[name][extname]'}},
  },
});
