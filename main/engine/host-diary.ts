import { type AuditEventInput, appendAuditEvents } from '../audit/append-audit-events.ts';
import type { Database } from '../db/database.ts';
import type { HostIdentity } from './host-registry.ts';

/** What a host notices of itself and the workspace should be able to read later. */
export type HostNews =
  | { action: 'host.clock_differs' | 'host.clock_agrees'; offsetMs: number; errorMs: number }
  | { action: 'host.outdated'; engineLevel: number; neededLevel: number }
  /** The computer slept, or its clock jumped; `lastSeenAt` is the last check-in before, by the database's clock. */
  | { action: 'host.woke'; lastSeenAt: Date | null }
  /** The database did not answer for a while, seen from this host. */
  | { action: 'host.reconnected'; lastSeenAt: Date | null };

export interface HostDiary {
  note(news: HostNews): void;
  /** Writes what was noted to the audit chain of the workspace; what fails is tried again at the next call. */
  write(): Promise<void>;
}

/** More than these are not kept while the database is away: the newest tell what matters. */
const mostPending = 50;

/**
 * Collects news and writes it when the caller has time. Nothing decides by these events, so that an answer which got
 * lost after the commit may leave one twice.
 */
export function createHostDiary(options: { database: Database; host: HostIdentity }): HostDiary {
  const { database, host } = options;
  let pending: AuditEventInput[] = [];
  return {
    note({ action, ...detail }) {
      pending.push({ action, tenantId: null, targetKind: 'host', targetId: host.hostId, after: detail });
      pending = pending.slice(-mostPending);
    },
    async write() {
      if (pending.length === 0) return;
      const written = pending;
      pending = [];
      try {
        await database.transaction((tx) => appendAuditEvents(tx, written));
      } catch (error) {
        pending = [...written, ...pending].slice(-mostPending);
        throw error;
      }
    },
  };
}
