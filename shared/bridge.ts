import type { AuditFilter } from './contract/audit.ts';
import type { ChangeNotice } from './contract/index.ts';
import type { SetExport } from './contract/set-exports.ts';
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
  /**
   * Writes the audit events of a filter, with a manifest beside it, to a place that the person chooses; null in
   * the answer where the person changed their mind. Null where the shell cannot.
   */
  saveAuditExport: ((filter: AuditFilter, wishes: SaveWishes) => Promise<Result<SavedFile | null>>) | null;
  /** Writes a small text that the page has to a place that the person chooses; null where they changed their mind. */
  saveText: (file: TextFile) => Promise<Result<{ path: string } | null>>;
  /**
   * Writes a backup set, an item of it or a comparison to a place that the person chooses; null in the answer where
   * the person changed their mind. `rows` of the file are objects. Null where the shell cannot.
   */
  saveSetExport: ((wish: SetExport, progress: SaveProgress) => Promise<Result<SavedFile | null>>) | null;
  /** The update of this app; null where it is upgraded in another way, and a command asks the feed. */
  updates: {
    state(): Promise<Result<UpdateState>>;
    /** Asks the feed now, and downloads what fits the database. */
    check(): Promise<Result<UpdateState>>;
    /** Quits in good order, installs what is ready and starts again. */
    restart(): Promise<Result<null>>;
  } | null;
}

/** How the update of a desktop stands, in words that are shown as they are. */
export interface UpdateState {
  /** `ready`: downloaded, and installed when the app quits. `failed`: feed, download or database refused. */
  phase: 'not-asked' | 'asking' | 'answered' | 'downloading' | 'ready' | 'failed';
  /** The newest version that the feed offered; null: not known. */
  newest: string | null;
  sentence: string;
  nextStep: string | null;
}

/** How a saving is followed and ended. */
export interface SaveProgress {
  signal: AbortSignal;
  onProgress: (done: number, of: number) => void;
}

export interface TextFile {
  /** Proposed name, without a folder. */
  name: string;
  text: string;
}

export interface SaveWishes {
  format: 'csv' | 'jsonl';
  delimiter: 'comma' | 'semicolon' | 'tab';
  signal: AbortSignal;
  onProgress: (rows: number) => void;
}

/** A file that the person saved. */
export interface SavedFile {
  path: string;
  rows: number;
}

/** What the desktop's preload puts into the page as `window.tenantkeep`: two channels and nothing general. */
export interface DesktopDoor {
  /** A procedure of the contract, or one of `hostCalls`; answered with a Result either way. */
  call(name: string, input: unknown): Promise<Result<unknown>>;
  onChange(listener: (notice: ChangeNotice) => void): () => void;
}

/** The channels between preload and shell. */
export const desktopChannels = { call: 'tenantkeep:call', change: 'tenantkeep:change' } as const;

/** What only the desktop can do, asked through the same channel as the contract's procedures. */
export const hostCalls = {
  saveAuditExport: 'host.save-audit-export',
  saveText: 'host.save-text',
  auditExportProgress: 'host.audit-export-progress',
  cancelAuditExport: 'host.cancel-audit-export',
  saveSetExport: 'host.save-set-export',
  updateState: 'host.update-state',
  checkForUpdates: 'host.check-for-updates',
  restartToUpdate: 'host.restart-to-update',
} as const;
