import { instantFromIso } from '../../../shared/model/instant.ts';
import { verifyAuditChain } from '../../audit/verify-chain.ts';
import { listAuditEvents } from '../../db/repositories/audit-events.ts';
import type { Handlers } from '../router.ts';

export const auditHandlers: Pick<Handlers, 'audit.list' | 'audit.verify'> = {
  'audit.list': async ({ session }, { filter, cursor, pageSize }) => {
    const page = await listAuditEvents(
      session.database,
      {
        ...filter,
        from: filter.from === null ? null : instantFromIso(filter.from),
        to: filter.to === null ? null : instantFromIso(filter.to),
      },
      { cursor, limit: pageSize },
    );
    return {
      rows: page.rows.map((event) => ({ ...event, at: event.at.toISOString() })),
      nextCursor: page.nextCursor,
      total: null,
    };
  },

  'audit.verify': async ({ session, correlationId }, { tenantId }) => {
    const verdict = await verifyAuditChain(session.database, tenantId);
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
    return {
      verified: verdict.firstBroken === null,
      events: verdict.events,
      headHash: verdict.headHash,
      firstBroken:
        verdict.firstBroken === null
          ? null
          : { sequence: verdict.firstBroken.sequence, what: verdict.firstBroken.what },
    };
  },
};
