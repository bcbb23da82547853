import type { Log } from '../../main/engine/ports.ts';

/** A log for tests that do not look at one. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
