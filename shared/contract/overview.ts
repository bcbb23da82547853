import { z } from 'zod';
import { tenantRoles } from '../model/permissions.ts';
import { runStates } from '../model/run-states.ts';
import { idSchema, instantSchema } from './fields.ts';
import { query } from './procedure.ts';
import { runRowSchema } from './run-fields.ts';
import { healthStates } from './tenants.ts';

/** What a person can do about a row of "Needs attention": one thing each. */
export const attentionActions = ['reconnect', 'open_run', 'grant_permission', 'start_host'] as const;

const attentionRowSchema = z.object({
  severity: z.enum(['critical', 'warning']),
  /** Null for what concerns no single tenant. */
  tenantId: idSchema.nullable(),
  tenantName: z.string().nullable(),
  code: z.string(),
  sentence: z.string(),
  /** When the trouble began. */
  since: instantSchema.nullable(),
  count: z.number().int(),
  runId: idSchema.nullable(),
  action: z.enum(attentionActions),
});

export const overview = {
  'session.me': query({
    input: z.strictObject({}),
    output: z.object({
      login: z.string(),
      name: z.string(),
      administrator: z.boolean(),
      memberships: z.array(
        z.object({ tenantId: idSchema, tenantName: z.string(), role: z.enum(tenantRoles) }),
      ),
      version: z.string(),
      /** True when Microsoft Graph is the simulator: a badge says so on every page. */
      simulatedData: z.boolean(),
    }),
    permission: null,
    scope: 'self',
  }),
  'overview.get': query({
    input: z.strictObject({ tenantId: idSchema.nullable().default(null) }),
    output: z.object({
      health: z.record(z.enum(healthStates), z.number().int()),
      runs24h: z.partialRecord(z.enum(runStates), z.number().int()),
      missedSlots24h: z.number().int(),
      hostsAlive: z.number().int(),
      /** Worst first: severity × age. */
      attention: z.array(attentionRowSchema),
      /** Rows that somebody put aside, with why and until when. */
      snoozed: z.array(
        attentionRowSchema.extend({ reason: z.string(), until: instantSchema, by: z.string() }),
      ),
      /** One row a tenant, one cell a UTC day, oldest first; null where nothing was due. */
      fleet: z.object({
        days: z.array(z.string()),
        tenants: z.array(
          z.object({
            tenantId: idSchema,
            tenantName: z.string(),
            worst: z.array(z.enum(runStates).nullable()),
          }),
        ),
      }),
      upcoming: z.array(
        z.object({
          tenantId: idSchema,
          tenantName: z.string(),
          scheduleId: idSchema,
          scheduleName: z.string(),
          slotAt: instantSchema,
        }),
      ),
      running: z.array(runRowSchema),
      /** Credentials that end within thirty days, soonest first. */
      credentials: z.array(
        z.object({ tenantId: idSchema, tenantName: z.string(), kind: z.string(), expiresAt: instantSchema }),
      ),
    }),
    permission: 'tenant.view',
    scope: 'permitted-tenants',
  }),
  'status.get': query({
    input: z.strictObject({}),
    output: z.object({
      databaseLatencyMs: z.number(),
      databaseNow: instantSchema,
      hostsAlive: z.number().int(),
      /** Null when no host has ever ticked. */
      lastTickAt: instantSchema.nullable(),
      dispatching: z.boolean(),
      /** The coming minute, at which due schedules are dispatched; null while nobody dispatches. */
      nextTickAt: instantSchema.nullable(),
    }),
    permission: null,
    scope: 'self',
  }),
} as const;
