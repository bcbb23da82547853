import type { DevTools } from './devtools.ts';

/** What a test can look at: everything that the app did to parts which show nothing in a browser. */
export interface Recorded {
  /** Dialogs in order, with what they were asked for. */
  dialogs: { kind: string; options: unknown }[];
  notifications: { title: string; body: string }[];
  /** Addresses outside of the app that a page tried to load; each of them failed. */
  foreignRequests: string[];
  /** The words of each start that was asked for after this one. */
  relaunches: string[][];
  /** The order in which the app lived: ready, window and quit events. */
  life: string[];
}

/** What all parts of the stand-in share in one process. */
export interface Stage {
  devTools: DevTools | null;
  ready: boolean;
  recorded: Recorded;
  /** What `app` wants to know of windows; set by it, because windows do not know it. */
  onContentsCreated(contents: object): void;
  onWindowClosed(): void;
}

export const stage: Stage = {
  devTools: null,
  ready: false,
  recorded: { dialogs: [], notifications: [], foreignRequests: [], relaunches: [], life: [] },
  onContentsCreated: () => undefined,
  onWindowClosed: () => undefined,
};

/** Ends the process after a last word to the test: what is recorded would be gone otherwise. */
export function endProcess(code: number): void {
  if (process.send === undefined || !process.connected) process.exit(code);
  process.send({ id: 0, ok: true, value: stage.recorded }, () => process.exit(code));
}

/** Throws as the runtime does for what only works once the app is ready. */
export function requireReady(what: string): void {
  if (!stage.ready) throw new Error(`stand-in: ${what} cannot be used before the app is ready`);
}

export function devTools(): DevTools {
  if (stage.devTools === null) throw new Error('stand-in: the runner has not connected the browser yet');
  return stage.devTools;
}
