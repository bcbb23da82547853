import type { ChangeNotice } from './contract/index.ts';
import type { Result } from './result.ts';

/**
 * What a page has of the outside world, in the desktop window as in the browser. A feature asks what the host
 * can do, never which shell it is in.
 */
export interface Bridge {
  /** Asks the router; never rejects for an expected refusal. Rejects only when nobody answers at all. */
  call(name: string, input: unknown): Promise<Result<unknown>>;
  /** Calls back with what changed since; answers how to stop. A lost notice costs freshness, not truth. */
  onChange(listener: (notice: ChangeNotice) => void): () => void;
  host: BridgeHost;
}

export interface BridgeHost {
  kind: 'desktop' | 'console';
  /** Ends the session where there is one to end; null where signing out means closing the window. */
  signOut: (() => Promise<void>) | null;
  /** Signs in with a database login of the person's own; null where the shell has done so already. */
  signIn: ((login: string, password: string) => Promise<Result<{ login: string }>>) | null;
}
