import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import { shippedPackages } from './shipped-packages.ts';

/** What the About page lists comes from the lock file at each build. */
function listShippedPackages(): Plugin {
  const name = 'virtual:shipped-packages';
  return {
    name: 'tenantkeep-shipped-packages',
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) =>
      id === `\0${name}` ? `export default ${JSON.stringify(shippedPackages(import.meta.dirname))}` : null,
  };
}

/**
 * One build for everything that ships. Dependencies of the main process stay outside the bundle (they are
 * installed beside it); the renderer's are bundled, so they are devDependencies. Vite 8 bundles with rolldown:
 * options go into `rolldownOptions`, the older `rollupOptions` is ignored without a word.
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      sourcemap: true,
      minify: false,
      // Of many small files each: bundled, the program loads in half the time.
      externalizeDeps: { exclude: ['pino-roll', 'zod', 'undici', 'age-encryption', 'node-schedule'] },
      rolldownOptions: {
        input: { cli: 'main/cli.ts', electron: 'main/electron.ts', start: 'main/start.ts' },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      sourcemap: true,
      minify: false,
      // A sandboxed preload is CommonJS and one file: it can require nothing of ours.
      rolldownOptions: {
        input: { index: 'preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react(), listShippedPackages()],
    build: {
      outDir: 'out/renderer',
      minify: true,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
});
