import { z } from 'zod';
import { auditQueryFields } from '../model/audit-query.ts';
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
  /** The query of the page, read by shared/model/audit-query.ts; all hold, beside the fields above. */
  terms: z
    .array(
      z.strictObject({
        field: z.enum([...auditQueryFields, 'text']),
        value: z.string().min(1).max(500),
        exclude: z.boolean().default(false),
      }),
    )
    .max(20, 'A query has at most 20 words.')
    .default([]),
});
export type AuditFilter = z.output<typeof auditFilterSchema>;

export const audit = {
  'audit.list': query({
    input: z.strictObject({ filter: auditFilterSchema, cursor: cursorSchema, pageSize: pageSizeSchema }),
    output: pageOf(auditEventSchema).extend({
      /**
       * What no index answers is looked for in portions: the search went down to here, and goes on with the cursor.
       * Null: the page is full, or everything was searched.
       */
      searchedTo: instantSchema.nullable(),
    }),
    permission: 'audit.view',
    scope: 'permitted-tenants',
  }),
  'audit.get': query({
    /** `tenantId` null: the chain of the workspace. */
    input: z.strictObject({ tenantId: idSchema.nullable(), sequence: z.string().regex(/^\d{1,18}$/) }),
    output: z.object({ event: auditEventSchema.nullable() }),
    permission: 'audit.view',
    scope: 'permitted-tenants',
  }),
  'audit.facets': query({
    input: z.strictObject({ filter: auditFilterSchema }),
    output: z.object({
      counted: z.number().int(),
      /** Only the newest events were counted, down to this instant; null: all of them. */
      since: instantSchema.nullable(),
      facets: z.array(
        z.object({
          field: z.enum(['actor', 'action', 'outcome', 'tenant', 'host']),
          value: z.string(),
          count: z.number().int(),
        }),
      ),
    }),
    permission: 'audit.view',
    scope: 'permitted-tenants',
  }),
  /** What an export of the filter would hold, counted before it is written. */
  'audit.estimate': query({
    input: z.strictObject({ filter: auditFilterSchema }),
    output: z.object({
      events: z.number().int(),
      /** Bytes of the file, from the newest events. */
      csvBytes: z.number().int(),
      jsonlBytes: z.number().int(),
    }),
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
      /** The newest end of the chain that was kept outside of the database; null where none was. */
      savedHead: z.object({ sequence: z.string(), savedAt: z.string(), keptIn: z.string() }).nullable(),
    }),
    permission: 'audit.verify',
    scope: 'tenant',
    auditAction: 'audit.verified',
  }),
  /** How far the check that the same person asked for is; null while there is none. */
  'audit.verify-progress': query({
    input: z.strictObject({ tenantId: idSchema }),
    output: z.object({
      progress: z.object({ events: z.number().int(), total: z.number().int() }).nullable(),
    }),
    permission: 'audit.verify',
    scope: 'tenant',
  }),
} as const;
