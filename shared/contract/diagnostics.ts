import { z } from 'zod';
import { instantSchema } from './fields.ts';
import { query } from './procedure.ts';

export const checkStates = ['ok', 'warning', 'problem'] as const;
export type CheckState = (typeof checkStates)[number];

/** One finding of the doctor. */
export const checkSchema = z.object({
  key: z.string(),
  name: z.string(),
  state: z.enum(checkStates),
  finding: z.string(),
  nextStep: z.string().nullable(),
});

export const diagnostics = {
  /** What `tenantkeep doctor` says, of the process that answers and of the caller's own login. */
  'diagnostics.checks': query({
    input: z.strictObject({}),
    output: z.object({ checkedAt: instantSchema, checks: z.array(checkSchema) }),
    permission: null,
    scope: 'self',
  }),
  /** Whether this computer reaches the servers that its runs depend on. */
  'diagnostics.connections': query({
    input: z.strictObject({}),
    output: z.object({
      /** Null: this computer is no host and has no business with them; the command belongs on one that is. */
      servers: z
        .array(
          z.object({
            purpose: z.enum(['sign-in', 'Microsoft Graph']),
            address: z.string(),
            reached: z.boolean(),
            milliseconds: z.number().int().nullable(),
            problem: z.string().nullable(),
          }),
        )
        .nullable(),
    }),
    permission: 'workspace.hosts',
    scope: 'workspace',
  }),
  /** The end of the log of the process that answers. It names tenants of the whole workspace. */
  'diagnostics.log': query({
    input: z.strictObject({ lines: z.number().int().min(1).max(1000).default(200) }),
    output: z.object({
      level: z.string(),
      /** Null where nothing was written yet. */
      file: z.string().nullable(),
      lines: z.array(z.string()),
    }),
    permission: 'workspace.hosts',
    scope: 'workspace',
  }),
  'diagnostics.program': query({
    input: z.strictObject({}),
    output: z.object({
      version: z.string(),
      runtime: z.string(),
      platform: z.string(),
      /** Schema versions that this app may write, and the one that the database has. */
      writes: z.object({ from: z.number().int(), to: z.number().int() }),
      schemaVersion: z.number().int(),
      serverVersion: z.string(),
    }),
    permission: null,
    scope: 'self',
  }),
  'diagnostics.database': query({
    input: z.strictObject({}),
    output: z.object({
      /** Null where the process does not know how its database came to be. */
      kind: z.enum(['embedded', 'shared']).nullable(),
      /** Server and database, without any login. */
      location: z.string(),
      serverVersion: z.string(),
      latencyMs: z.number(),
      /** Connections of TenantKeep by state, as the server counts those that the caller may see. */
      connections: z.object({ open: z.number().int(), allowed: z.number().int() }),
      schemaVersion: z.number().int(),
      /** Schema versions that this app may write. */
      writes: z.object({ from: z.number().int(), to: z.number().int() }),
      tls: z.object({
        /** The mode that the database's address asks for; null: none is named. */
        mode: z.string().nullable(),
        /** Protocol of the caller's own connection; null: not encrypted. */
        protocol: z.string().nullable(),
        cipher: z.string().nullable(),
      }),
      checks: z.array(checkSchema),
      /** To be run by the owner of the database. */
      migrateCommand: z.string(),
    }),
    permission: null,
    scope: 'self',
  }),
} as const;
