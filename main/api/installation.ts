import type { SavedHead } from '../audit/verify-chain.ts';
import type { ResealReport } from '../credentials/reseal.ts';
import type { Check } from '../diagnostics/check.ts';

/**
 * What the process that answers knows and can do as the program on this computer, beside the caller's own database
 * login: its home, its log, and its host, if it is one.
 */
export interface Installation {
  database: {
    kind: 'embedded' | 'shared';
    /** Server and database without any login. */
    location: string;
    /** `sslmode` of the database's address; null where it names none. */
    tlsMode: string | null;
  };
  /** Home, disk and secrets. */
  examine(): Promise<Check[]>;
  logLevel: string;
  /** The end of this process's log, scrubbed; null where nothing was written yet. */
  readLog(lines: number): Promise<{ file: string; lines: string[] } | null>;
  /** Ends of the audit chains that this computer keeps, where the database's owner cannot reach them. */
  savedAuditHeads(): Promise<readonly SavedHead[]>;
  /** Public key of this computer; the host with this key is this one. */
  hostKey: string;
  /** Tenants whose credential this computer's host can open; null where it is no approved host. */
  openableTenantIds(): Promise<ReadonlySet<string> | null>;
  /** Seals what this computer can open to the approved hosts; otherwise the reason why it cannot. */
  resealForHosts(): Promise<ResealReport | { reason: string }>;
  /**
   * Pauses or resumes this computer's host with the host's own login, for a person who may not pause others. Throws
   * where this computer is no host.
   */
  pauseOwnHost(
    hostId: string,
    pause: { minutes: number | null; reason: string | null; askedBy: string },
  ): Promise<void>;
  resumeOwnHost(hostId: string, askedBy: string): Promise<void>;
  /** The address with which a new login reaches the database; holds the password: shown once, logged never. */
  connectionUrl(login: string, password: string): Promise<string>;
}
