import { csvRow } from '../../audit/csv.ts';
import { jsonLine } from '../../audit/export-audit.ts';
import type { SavedHead } from '../../audit/verify-chain.ts';
import { verifyAuditChain } from '../../audit/verify-chain.ts';
import {
  type AuditEvent,
  countAuditFacets,
  getAuditEvent,
  listAuditEvents,
} from '../../db/repositories/audit-events.ts';
import {
  conditionsOfTrail,
  countAuditEvents,
  listNewestAuditEvents,
} from '../../db/repositories/audit-trail.ts';
import { trailFilterOf } from '../audit-filter.ts';
import type { Handlers } from '../router.ts';

const eventRow = (event: AuditEvent) => ({ ...event, at: event.at.toISOString() });

const sampledEvents = 200;

/** `savedHeads` answers the ends of chains that are kept outside of the database; none where the shell keeps none. */
export function auditHandlers(parts: {
  savedHeads: () => Promise<readonly SavedHead[]>;
}): Pick<
  Handlers,
  'audit.list' | 'audit.get' | 'audit.facets' | 'audit.estimate' | 'audit.verify' | 'audit.verify-progress'
> {
  /** Checks that are under way, by who asked and for which tenant. */
  const checks = new Map<string, { events: number; total: number }>();

  return {
    'audit.list': async ({ session }, { filter, cursor, pageSize }) => {
      const page = await listAuditEvents(session.database, conditionsOfTrail(trailFilterOf(filter)), {
        cursor,
        limit: pageSize,
      });
      return {
        rows: page.rows.map(eventRow),
        nextCursor: page.nextCursor,
        searchedTo: page.searchedTo?.toISOString() ?? null,
        total: null,
      };
    },

    'audit.get': async ({ session }, { tenantId, sequence }) => {
      const event = await getAuditEvent(session.database, tenantId, sequence);
      return { event: event === null ? null : eventRow(event) };
    },

    'audit.facets': async ({ session }, { filter }) => {
      const counts = await countAuditFacets(session.database, conditionsOfTrail(trailFilterOf(filter)));
      return { ...counts, since: counts.since?.toISOString() ?? null };
    },

    'audit.estimate': async ({ session }, { filter }) => {
      const trail = trailFilterOf(filter);
      const [events, sample] = await Promise.all([
        countAuditEvents(session.database, trail),
        listNewestAuditEvents(session.database, trail, sampledEvents),
      ]);
      const sizeOf = (line: (event: (typeof sample)[number]) => string): number => {
        const bytes = sample.reduce((sum, event) => sum + Buffer.byteLength(line(event)), 0);
        return sample.length === 0 ? 0 : Math.round((bytes / sample.length) * events);
      };
      return {
        events,
        csvBytes: sizeOf((event) => csvRow(event, 'comma')),
        jsonlBytes: sizeOf(jsonLine),
      };
    },

    'audit.verify': async ({ session, correlationId }, { tenantId }) => {
      const key = `${session.login} ${tenantId}`;
      const saved = (await parts.savedHeads()).filter((head) => head.tenantId === tenantId);
      checks.set(key, { events: 0, total: 0 });
      try {
        const verdict = await verifyAuditChain(session.database, tenantId, saved, (events, total) =>
          checks.set(key, { events, total }),
        );
        // Asking leaves no other trace, and who examined a log belongs into it.
        await session.database.query(
          `select app.audit_report($1::uuid, 'audit.verified', 'tenant', $1::uuid::text, $2, null, $3::jsonb, $4)`,
          [
            tenantId,
            verdict.firstBroken === null ? 'success' : 'failure',
            JSON.stringify({ events: verdict.events, headHash: verdict.headHash }),
            correlationId,
          ],
        );
        const newest = saved.toSorted((a, b) => Number(BigInt(b.sequence) - BigInt(a.sequence)))[0];
        return {
          verified: verdict.firstBroken === null,
          events: verdict.events,
          headHash: verdict.headHash,
          firstBroken:
            verdict.firstBroken === null
              ? null
              : { sequence: verdict.firstBroken.sequence, what: verdict.firstBroken.what },
          savedHead:
            newest === undefined
              ? null
              : { sequence: newest.sequence, savedAt: newest.savedAt, keptIn: newest.keptIn },
        };
      } finally {
        checks.delete(key);
      }
    },

    'audit.verify-progress': ({ session }, { tenantId }) =>
      Promise.resolve({ progress: checks.get(`${session.login} ${tenantId}`) ?? null }),
  };
}
