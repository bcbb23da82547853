import { z } from 'zod';
import { idSchema, instantSchema } from './fields.ts';
import { mutation } from './procedure.ts';

const rowOfAttention = { tenantId: idSchema, code: z.string().min(1).max(100) };
const done = z.object({ done: z.literal(true) });

export const attention = {
  'attention.snooze': mutation({
    input: z.strictObject({
      ...rowOfAttention,
      reason: z.string().trim().min(3, 'A snooze needs a reason of three letters or more.').max(500),
      until: instantSchema,
    }),
    output: done,
    permission: 'attention.snooze',
    scope: 'tenant',
    auditAction: 'attention.snoozed',
  }),
  'attention.end-snooze': mutation({
    input: z.strictObject(rowOfAttention),
    output: done,
    permission: 'attention.snooze',
    scope: 'tenant',
    auditAction: 'attention.snooze_ended',
  }),
} as const;
