import { z } from 'zod';
import { tenantRoles } from '../model/permissions.ts';
import { idSchema, instantSchema, nameSchema, tagsSchema, tenantInputSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

export const clouds = ['global', 'gcc-high', 'dod', 'china', 'custom'] as const;

/** Health of a tenant by the age of its last good backup set; the rule is in main/domain/tenant-health.ts. */
export const healthStates = [
  'protected',
  'at_risk',
  'unprotected',
  'never_backed_up',
  'disconnected',
  'paused',
  'no_schedule',
] as const;
export type HealthState = (typeof healthStates)[number];

export const healthSchema = z.object({
  state: z.enum(healthStates),
  /** The fact behind the word, such as "last good set 31 h ago, allowed 48 h". */
  sentence: z.string(),
  lastGoodSetAt: instantSchema.nullable(),
  allowedAgeMinutes: z.number().int().nullable(),
});

export const tenantRowSchema = z.object({
  id: idSchema,
  name: z.string(),
  entraTenantId: z.string(),
  cloud: z.enum(clouds),
  tags: z.array(z.string()),
  connected: z.boolean(),
  health: healthSchema,
  credential: z.object({ kind: z.string(), expiresAt: instantSchema.nullable() }).nullable(),
  schedules: z.number().int(),
  myRole: z.enum(tenantRoles).nullable(),
  /** Age up to which the last good set protects, where it is set by hand for the whole tenant. */
  ownAllowedAgeMinutes: z.number().int().nullable(),
});
export type TenantRow = z.output<typeof tenantRowSchema>;

export const tenants = {
  'tenants.list': query({
    input: z.strictObject({}),
    output: z.object({ rows: z.array(tenantRowSchema) }),
    permission: 'tenant.view',
    scope: 'permitted-tenants',
  }),
  'tenants.get': query({
    input: tenantInputSchema,
    output: tenantRowSchema,
    permission: 'tenant.view',
    scope: 'tenant',
  }),
  'tenants.edit': mutation({
    input: z.strictObject({
      tenantId: idSchema,
      name: nameSchema,
      tags: tagsSchema,
      /** Null: by the cadence of each schedule; absent: as it is. */
      allowedAgeMinutes: z.number().int().min(60).max(527_040).nullable().optional(),
    }),
    output: tenantRowSchema,
    permission: 'tenant.edit',
    scope: 'tenant',
    auditAction: 'tenant.edited',
  }),
} as const;
