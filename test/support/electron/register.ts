/**
 * Loaded with `--import` before anything else: `electron` becomes the stand-in, for `import` and `require` alike.
 * Product code knows nothing of it.
 */
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const standIn = new URL('./stand-in/electron.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== 'electron' && specifier !== 'electron/main') return nextResolve(specifier, context);
    if (!isMainThread) throw new Error('stand-in: electron cannot be loaded in a worker thread');
    return { url: standIn, format: 'module-typescript', shortCircuit: true };
  },
});

// Libraries look at these to find out where they are.
Object.defineProperty(process, 'type', { value: 'browser' });
Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '45.4.1' } });
