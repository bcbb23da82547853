import { z } from 'zod';
import { cursorSchema, idSchema, instantSchema, pageOf, pageSizeSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

export const auditOutcomes = ['success', 'failure', 'denied'] as const;

export const auditEventSchema = z.object({
  tenantId: idSchema.nullable(),
  tenantName: z.string().nullable(),
  sequence: z.string(),
  at: instantSchema,
  actor: z.string(),
  action: z.string(),
  targetKind: z.string().nullable(),
  targetId: z.string().nullable(),
  outcome: z.enum(auditOutcomes),
  reason: z.string().nullable(),
  host: z.string().nullable(),
  correlationId: z.string().nullable(),
  before: z.unknown().nullable(),
  after: z.unknown().nullable(),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEventRow = z.output<typeof auditEventSchema>;

/** Exactly this filter is what a list shows and what an export writes. */
export const auditFilterSchema = z.strictObject({
  /** Null: every tenant that the caller may audit, and the workspace's own chain for administrators. */
  tenantId: idSchema.nullable().default(null),
  from: instantSchema.nullable().default(null),
  to: instantSchema.nullable().default(null),
  actor: z.string().max(200).nullable().default(null),
  /** An action such as `run.started`, or a category with a trailing dot such as `run.`. */
  action: z.string().max(100).nullable().default(null),
  outcome: z.enum(auditOutcomes).nullable().default(null),
  targetId: z.string().max(500).nullable().default(null),
});
export type AuditFilter = z.output<typeof auditFilterSchema>;

export const audit = {
  'audit.list': query({
    input: z.strictObject({ filter: auditFilterSchema, cursor: cursorSchema, pageSize: pageSizeSchema }),
    output: pageOf(auditEventSchema),
    permission: 'audit.view',
    scope: 'permitted-tenants',
  }),
  'audit.verify': mutation({
    input: z.strictObject({ tenantId: idSchema }),
    output: z.object({
      verified: z.boolean(),
      events: z.number().int(),
      headHash: z.string(),
      firstBroken: z.object({ sequence: z.string(), what: z.string() }).nullable(),
    }),
    permission: 'audit.verify',
    scope: 'tenant',
    auditAction: 'audit.verified',
  }),
} as const;
