import { z } from 'zod';
import { idSchema, instantSchema, nameSchema, tenantInputSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';
import { clouds } from './tenants.ts';

const guidSchema = z
  .guid('A GUID such as 6f1c0e52-7a3b-4c1d-9e2f-0a1b2c3d4e5f is needed.')
  .transform((guid) => guid.toLowerCase());
const pemSchema = z.string().max(50_000, 'A PEM text has at most 50,000 characters.');
const addressSchema = z.string().trim().max(500, 'An address has at most 500 characters.');

/** What goes in is sealed at once and never comes back. */
export const newCredentialSchema = z.discriminatedUnion('kind', [
  /** The key pair is made by the program; only its public certificate is answered. */
  z.strictObject({ kind: z.literal('made-certificate') }),
  z.strictObject({ kind: z.literal('certificate'), certificatePem: pemSchema, privateKeyPem: pemSchema }),
  z.strictObject({
    kind: z.literal('secret'),
    secret: z
      .string()
      .trim()
      .min(1, "The secret's value is needed.")
      .max(1000, "A secret's value has at most 1000 characters.")
      .regex(/^\S*$/, "A secret's value holds no blanks."),
    expiresAt: instantSchema.nullable(),
  }),
]);

const storedSchema = z.object({
  /** PEM to be uploaded to the app registration; null where none was made here. */
  publicCertificate: z.string().nullable(),
  /** Where an administrator of the tenant consents to the app. */
  consentUrl: z.string(),
  /** The access check that was asked for at once. */
  checkId: idSchema,
});

export const connections = {
  /** What a backup of everything asks for: every permission with what it is needed for. All of them only read. */
  'tenants.permissions': query({
    input: z.strictObject({}),
    output: z.object({
      permissions: z.array(z.object({ name: z.string(), neededFor: z.array(z.string()) })),
    }),
    permission: null,
    scope: 'self',
  }),
  'tenants.connect': mutation({
    input: z.strictObject({
      name: nameSchema,
      cloud: z.enum(clouds),
      /** For cloud custom only; `ca` holds certificate authorities as PEM. */
      customCloud: z
        .strictObject({ graphUrl: addressSchema, loginUrl: addressSchema, ca: pemSchema.nullable() })
        .nullable(),
      entraTenantId: guidSchema,
      clientId: guidSchema,
      credential: newCredentialSchema,
    }),
    output: storedSchema.extend({ tenantId: idSchema }),
    permission: 'tenant.connect',
    scope: 'workspace',
    auditAction: 'tenant.connected',
  }),
  /** How the tenant is reached and with what; nothing that could be used to sign in. */
  'tenants.connection': query({
    input: tenantInputSchema,
    output: z.object({
      clientId: z.string().nullable(),
      consentUrl: z.string().nullable(),
      credential: z
        .object({
          kind: z.string(),
          expiresAt: instantSchema.nullable(),
          storedAt: instantSchema,
          storedBy: z.string(),
          publicCertificate: z.string().nullable(),
          /** Approved hosts to whose key it is sealed. */
          hosts: z.array(z.string()),
        })
        .nullable(),
      /** A new credential that has not passed its check yet. */
      candidate: z
        .object({
          kind: z.string(),
          clientId: z.string(),
          expiresAt: instantSchema.nullable(),
          proposedAt: instantSchema,
          proposedBy: z.string(),
          publicCertificate: z.string().nullable(),
          consentUrl: z.string(),
        })
        .nullable(),
    }),
    permission: 'schedule.view',
    scope: 'tenant',
  }),
  /** The old credential stays in force until a host has signed in with this one. */
  'tenants.propose-credential': mutation({
    input: z.strictObject({
      tenantId: idSchema,
      /** Null: the app that is in use. */
      clientId: guidSchema.nullable(),
      credential: newCredentialSchema,
    }),
    output: storedSchema,
    permission: 'tenant.replace-credential',
    scope: 'tenant',
    auditAction: 'credential.proposed',
  }),
  'tenants.check-candidate': mutation({
    input: tenantInputSchema,
    output: z.object({ checkId: idSchema }),
    permission: 'tenant.replace-credential',
    scope: 'tenant',
    auditAction: 'tenant.access_check_requested',
  }),
  'tenants.discard-candidate': mutation({
    input: tenantInputSchema,
    output: z.object({}),
    permission: 'tenant.replace-credential',
    scope: 'tenant',
    auditAction: 'credential.discarded',
  }),
  /** Stops runs, forgets the credential, keeps everything that was backed up. */
  'tenants.disconnect': mutation({
    input: z.strictObject({ tenantId: idSchema, reason: z.string().trim().max(500).nullable() }),
    output: z.object({}),
    permission: 'tenant.disconnect',
    scope: 'tenant',
    auditAction: 'tenant.disconnected',
  }),
  /** What a deletion would take with it. */
  'tenants.deletion-preview': query({
    input: tenantInputSchema,
    output: z.object({
      name: z.string(),
      connected: z.boolean(),
      sets: z.number().int(),
      /** While there are any, the tenant cannot be deleted. */
      pinnedSets: z.number().int(),
      importedSets: z.number().int(),
      newestCompleteAt: instantSchema.nullable(),
      bytes: z.number().int(),
      schedules: z.number().int(),
      runs: z.number().int(),
      members: z.number().int(),
    }),
    permission: 'tenant.delete',
    scope: 'tenant',
  }),
  /** Disconnects the tenant and deletes it; hosts then erase what was backed up. Its audit chain stays. */
  'tenants.delete': mutation({
    input: z.strictObject({ tenantId: idSchema, confirmedName: z.string().max(200) }),
    output: z.object({}),
    permission: 'tenant.delete',
    scope: 'tenant',
    auditAction: 'tenant.deleted',
  }),
  /** Deleted tenants that hosts are still erasing: one's own deletions, or all for administrators. */
  'tenants.deletions': query({
    input: z.strictObject({}),
    output: z.object({
      rows: z.array(
        z.object({
          tenantId: idSchema,
          name: z.string(),
          deletedAt: instantSchema,
          deletedBy: z.string(),
          rowsLeft: z.number().int(),
          rowsErased: z.number().int(),
        }),
      ),
    }),
    permission: 'tenant.view',
    scope: 'permitted-tenants',
  }),
} as const;
