import { z } from 'zod';
import { accessStates } from '../model/access-states.ts';
import { idSchema, instantSchema, tenantInputSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

const activeCheckSchema = z.object({
  id: idSchema,
  state: z.enum(['queued', 'running']),
  requestedAt: instantSchema,
  requestedBy: z.string(),
  /** The host that does it; null while it waits for one. */
  hostName: z.string().nullable(),
});

const typeAccessSchema = z.object({
  typeKey: z.string(),
  displayName: z.string(),
  priority: z.enum(['core', 'extended', 'optional']),
  state: z.enum(accessStates),
  /** Permissions any one of which would do; only for `permission_missing`. */
  permissions: z.array(z.string()),
  /** The state in words. */
  sentence: z.string(),
  requestId: z.string().nullable(),
});

export const accessCheckSchema = z.object({
  active: activeCheckSchema.nullable(),
  /** Why the newest ended check showed nothing; null when it did show something, or when there is none. */
  failure: z
    .object({
      at: instantSchema,
      hostName: z.string().nullable(),
      code: z.string(),
      message: z.string(),
      nextStep: z.string().nullable(),
    })
    .nullable(),
  /** The newest check that showed something, with its date; null before the first. */
  result: z
    .object({
      id: idSchema,
      at: instantSchema,
      hostName: z.string().nullable(),
      requestedBy: z.string(),
      organizationName: z.string().nullable(),
      /** "71 of 77 readable; 4 need …; 2 not licensed." */
      sentence: z.string(),
      missingPermissions: z.array(z.string()),
      /** Where an administrator of the tenant consents to the app. */
      consentUrl: z.string(),
      /** Trouble first. */
      types: z.array(typeAccessSchema),
    })
    .nullable(),
});

export const accessChecks = {
  'tenants.access-check': query({
    input: tenantInputSchema,
    output: accessCheckSchema,
    permission: 'schedule.view',
    scope: 'tenant',
  }),
  /** Asks the hosts for a check; while one is active, that one is the answer. */
  'tenants.check-access': mutation({
    input: tenantInputSchema,
    output: z.object({ checkId: idSchema, created: z.boolean() }),
    permission: 'tenant.check-access',
    scope: 'tenant',
    auditAction: 'tenant.access_check_requested',
  }),
} as const;
