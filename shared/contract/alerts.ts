import { z } from 'zod';
import { alertCauses, alertChannelKinds, alertSeverities } from '../model/alerts.ts';
import { cadenceIssues, isTimeZone } from '../model/cadence.ts';
import { idSchema, instantSchema, nameSchema, tenantInputSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

const timeOfDaySchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time of day is written as 22:00.');
const zoneSchema = z.string().max(100).refine(isTimeZone, cadenceIssues.zone_unknown);

const quietHoursSchema = z.strictObject({
  from: timeOfDaySchema,
  to: timeOfDaySchema,
  timeZone: zoneSchema,
  exceptCritical: z.boolean().default(true),
});
const digestSchema = z.strictObject({
  at: timeOfDaySchema,
  timeZone: zoneSchema,
  exceptCritical: z.boolean().default(true),
});

/** An address is a secret: it is sealed to the hosts and never shown again. Null keeps the one that is stored. */
const addressSchema = z.string().trim().max(2000).nullable();
const mailSchema = z
  .string()
  .trim()
  .max(320)
  .regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/u, 'A mail address is written as name@example.com.');

/** Where a channel sends, by kind. */
const targetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('teams'), url: addressSchema }),
  z
    .strictObject({
      kind: z.literal('webhook'),
      url: addressSchema,
      signingKey: z.string().min(16, 'A signing key has at least 16 characters.').max(500).nullable(),
    })
    .refine((target) => (target.url === null) === (target.signingKey === null), {
      message: 'Address and signing key are replaced together.',
      path: ['signingKey'],
    }),
  z.strictObject({
    kind: z.literal('smtp'),
    server: z
      .string()
      .trim()
      .min(1, 'A mail server is needed.')
      .max(253)
      .regex(/^[A-Za-z0-9.:_-]+$/, 'A mail server is a host name or an address.'),
    port: z.number().int().min(1).max(65_535),
    security: z.enum(['tls', 'starttls', 'none']),
    user: z.string().trim().min(1).max(320).nullable(),
    /** Null keeps the one that is stored. */
    password: z.string().min(1).max(500).nullable(),
    from: mailSchema,
    to: z.array(mailSchema).min(1, 'A receiver is needed.').max(50),
  }),
]);

const channelFields = {
  /** Null: a new channel. */
  channelId: idSchema.nullable(),
  name: nameSchema,
  enabled: z.boolean(),
  leastSeverity: z.enum(alertSeverities),
  quietHours: quietHoursSchema.nullable(),
  digest: digestSchema.nullable(),
  target: targetSchema,
};
export const channelInputSchema = z.strictObject(channelFields);
export type ChannelInput = z.output<typeof channelInputSchema>;

const channelRowSchema = z.object({
  id: idSchema,
  name: z.string(),
  kind: z.enum(alertChannelKinds),
  enabled: z.boolean(),
  leastSeverity: z.enum(alertSeverities),
  quietHours: quietHoursSchema.nullable(),
  digest: digestSchema.nullable(),
  /** What of the target is no secret: a host, or server, sender and receivers of mail. */
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('teams'), host: z.string() }),
    z.object({ kind: z.literal('webhook'), host: z.string() }),
    z.object({
      kind: z.literal('smtp'),
      server: z.string(),
      port: z.number().int(),
      security: z.enum(['tls', 'starttls', 'none']),
      user: z.string().nullable(),
      from: z.string(),
      to: z.array(z.string()),
    }),
  ]),
  lastSentAt: instantSchema.nullable(),
  /** Since when nothing went through, why, and when it is tried again; null while it works. */
  failing: z
    .object({ since: instantSchema, error: z.string(), retryAt: instantSchema.nullable() })
    .nullable(),
  waiting: z.number().int(),
});
export type ChannelRow = z.output<typeof channelRowSchema>;

const channelList = z.object({ rows: z.array(channelRowSchema) });
const testResult = z.object({ state: z.enum(['waiting', 'sent', 'failed']), error: z.string().nullable() });
const ofChannel = { channelId: idSchema };
const ofMessage = { messageId: idSchema };

const inWorkspace = { permission: 'workspace.notifications', scope: 'workspace' } as const;
const inTenant = { permission: 'tenant.notifications', scope: 'tenant' } as const;

export const alerts = {
  'alerts.list': query({
    input: z.strictObject({ tenantId: idSchema.nullable().default(null) }),
    output: z.object({
      rows: z.array(
        z.object({
          id: idSchema,
          /** Null: of the workspace. */
          tenantId: idSchema.nullable(),
          tenantName: z.string().nullable(),
          cause: z.enum(Object.keys(alertCauses) as [keyof typeof alertCauses]),
          severity: z.enum(alertSeverities),
          sentence: z.string(),
          nextStep: z.string().nullable(),
          openedAt: instantSchema,
          resolvedAt: instantSchema.nullable(),
        }),
      ),
    }),
    permission: 'tenant.view',
    scope: 'permitted-tenants',
  }),

  'notifications.list': query({ input: z.strictObject({}), output: channelList, ...inWorkspace }),
  'notifications.save': mutation({
    input: channelInputSchema,
    output: z.object(ofChannel),
    auditAction: 'alert_channel.saved',
    ...inWorkspace,
  }),
  'notifications.remove': mutation({
    input: z.strictObject(ofChannel),
    output: z.object({ removed: z.boolean() }),
    auditAction: 'alert_channel.removed',
    ...inWorkspace,
  }),
  'notifications.test': mutation({
    input: z.strictObject(ofChannel),
    output: z.object(ofMessage),
    auditAction: 'alert_channel.tested',
    ...inWorkspace,
  }),
  'notifications.test-result': query({
    input: z.strictObject(ofMessage),
    output: testResult,
    ...inWorkspace,
  }),

  'tenant-notifications.list': query({ input: tenantInputSchema, output: channelList, ...inTenant }),
  'tenant-notifications.save': mutation({
    input: z.strictObject({ tenantId: idSchema, ...channelFields }),
    output: z.object(ofChannel),
    auditAction: 'alert_channel.saved',
    ...inTenant,
  }),
  'tenant-notifications.remove': mutation({
    input: z.strictObject({ tenantId: idSchema, ...ofChannel }),
    output: z.object({ removed: z.boolean() }),
    auditAction: 'alert_channel.removed',
    ...inTenant,
  }),
  'tenant-notifications.test': mutation({
    input: z.strictObject({ tenantId: idSchema, ...ofChannel }),
    output: z.object(ofMessage),
    auditAction: 'alert_channel.tested',
    ...inTenant,
  }),
  'tenant-notifications.test-result': query({
    input: z.strictObject({ tenantId: idSchema, ...ofMessage }),
    output: testResult,
    ...inTenant,
  }),
} as const;
