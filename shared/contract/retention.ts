import { z } from 'zod';
import { retentionRuleSchema } from '../model/run-spec.ts';
import { idSchema, instantSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

export const retention = {
  /** What new schedules keep: the rule of the workspace, and rules of tenants that the caller sees. */
  'retention.defaults': query({
    input: z.strictObject({}),
    output: z.object({
      workspace: retentionRuleSchema,
      tenants: z.array(z.object({ tenantId: idSchema, tenantName: z.string(), rule: retentionRuleSchema })),
    }),
    permission: null,
    scope: 'self',
  }),
  'retention.set-workspace-default': mutation({
    input: z.strictObject({ rule: retentionRuleSchema }),
    output: z.object({ rule: retentionRuleSchema }),
    permission: 'workspace.defaults',
    scope: 'workspace',
    auditAction: 'retention.default_changed',
  }),
  /** Null: the tenant follows the workspace again. */
  'retention.set-tenant-default': mutation({
    input: z.strictObject({ tenantId: idSchema, rule: retentionRuleSchema.nullable() }),
    output: z.object({ rule: retentionRuleSchema.nullable() }),
    permission: 'retention.edit',
    scope: 'tenant',
    auditAction: 'retention.default_changed',
  }),
  /** What a rule would keep and remove now, schedule by schedule, without removing anything. */
  'retention.preview': query({
    input: z.strictObject({ tenantId: idSchema, rule: retentionRuleSchema }),
    output: z.object({
      schedules: z.array(
        z.object({
          scheduleId: idSchema,
          scheduleName: z.string(),
          keeps: z.number().int(),
          goes: z.number().int(),
          /** Oldest first; at most ten. */
          nextToGo: z.array(z.object({ backupSetId: idSchema, sealedAt: instantSchema })),
        }),
      ),
    }),
    permission: 'schedule.view',
    scope: 'tenant',
  }),
} as const;
