import { defineConfig } from 'electron-vite';

/**
 * One build for everything that ships. Dependencies of the main process stay outside the bundle (they are
 * installed beside it); entries are named after what starts them. Vite 8 bundles with rolldown: options go
 * into `rolldownOptions`, the older `rollupOptions` is ignored without a word.
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      sourcemap: true,
      minify: false,
      rolldownOptions: {
        input: {
          cli: 'main/cli.ts',
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
});
