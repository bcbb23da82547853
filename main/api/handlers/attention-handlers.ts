import { instantFromIso } from '../../../shared/model/instant.ts';
import { endSnooze, snoozeAttention } from '../../db/repositories/attention.ts';
import type { Handlers } from '../router.ts';

export const attentionHandlers: Pick<Handlers, 'attention.snooze' | 'attention.end-snooze'> = {
  'attention.snooze': async ({ session }, { tenantId, code, reason, until }) => {
    await snoozeAttention(session.database, { tenantId, code, reason, until: instantFromIso(until) });
    return { done: true };
  },
  'attention.end-snooze': async ({ session }, { tenantId, code }) => {
    await endSnooze(session.database, tenantId, code);
    return { done: true };
  },
};
