import { z } from 'zod';
import { tenantRoles } from '../model/permissions.ts';
import { idSchema, instantSchema, nameSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

export const hostStates = [
  'waiting',
  'alive',
  'paused',
  'offline',
  'asleep',
  'stopping',
  'stopped',
  'version_too_old',
] as const;

const reasonSchema = z.string().trim().max(500).nullable().default(null);
const hostInputSchema = z.strictObject({ hostId: idSchema });

/** What became of the credentials after the list of approved hosts changed. */
const sealingSchema = z.object({
  /** Null: this computer could not seal anything; the reason says why. */
  resealed: z.number().int().nullable(),
  /** Values of secret properties in policies that were sealed anew beside them. */
  secrets: z.number().int(),
  /** Tenants whose credential this computer cannot open. */
  notOpenable: z.array(z.string()),
  reason: z.string().nullable(),
});

export const workspace = {
  'hosts.list': query({
    input: z.strictObject({}),
    output: z.object({
      rows: z.array(
        z.object({
          id: idSchema,
          name: z.string(),
          login: z.string(),
          kind: z.string(),
          /** To be compared with what `tenantkeep hosts list` shows on that computer. */
          publicKey: z.string(),
          approved: z.boolean(),
          enrolledAt: instantSchema,
          state: z.enum(hostStates),
          version: z.string().nullable(),
          lastSeenAt: instantSchema.nullable(),
          lastTickAt: instantSchema.nullable(),
          /** The database's clock minus the host's. */
          clockOffsetMs: z.number().int().nullable(),
          running: z.number().int(),
          /** The process that answers runs on this computer. */
          thisComputer: z.boolean(),
          pause: z
            .object({
              since: instantSchema,
              /** Null: until somebody resumes it. */
              until: instantSchema.nullable(),
              by: z.string(),
              reason: z.string().nullable(),
            })
            .nullable(),
          /** Tenants whose credential is sealed to it, of those that the caller sees. */
          tenants: z.number().int(),
          /** Tenants that nobody else's key opens. */
          onlyKeyOf: z.array(z.string()),
          /** Tenants that no other host can open now. */
          onlyAliveFor: z.array(z.string()),
        }),
      ),
    }),
    permission: 'tenant.view',
    scope: 'self',
  }),
  'hosts.approve': mutation({
    input: hostInputSchema,
    output: sealingSchema,
    permission: 'workspace.hosts',
    scope: 'workspace',
    auditAction: 'host.approved',
  }),
  'hosts.reseal': mutation({
    input: z.strictObject({}),
    output: sealingSchema,
    permission: 'workspace.hosts',
    scope: 'workspace',
    auditAction: 'credential.resealed',
  }),
  'hosts.remove': mutation({
    input: z.strictObject({ hostId: idSchema, reason: reasonSchema }),
    output: sealingSchema,
    permission: 'workspace.hosts',
    scope: 'workspace',
    auditAction: 'host.removed',
  }),
  /** Administrators pause any host; who may operate a tenant pauses the computer that they sit at. */
  'hosts.pause': mutation({
    input: z.strictObject({
      hostId: idSchema,
      /** Null: until somebody resumes it. */
      minutes: z.number().int().min(1).max(44_640).nullable(),
      reason: reasonSchema,
    }),
    output: z.object({ paused: z.literal(true) }),
    permission: 'host.pause-own',
    scope: 'self',
    auditAction: 'host.paused',
  }),
  'hosts.resume': mutation({
    input: hostInputSchema,
    output: z.object({ paused: z.literal(false) }),
    permission: 'host.pause-own',
    scope: 'self',
    auditAction: 'host.resumed',
  }),
  /** Administrators see everybody; others the people of tenants whose members they may see. */
  'technicians.list': query({
    input: z.strictObject({}),
    output: z.object({
      rows: z.array(
        z.object({
          id: idSchema,
          name: z.string(),
          login: z.string(),
          administrator: z.boolean(),
          addedAt: instantSchema,
          me: z.boolean(),
          memberships: z.array(
            z.object({ tenantId: idSchema, tenantName: z.string(), role: z.enum(tenantRoles) }),
          ),
        }),
      ),
    }),
    permission: 'member.view',
    scope: 'permitted-tenants',
  }),
  'technicians.invite': mutation({
    input: z.strictObject({
      name: nameSchema,
      administrator: z.boolean().default(false),
      memberships: z
        .array(z.strictObject({ tenantId: idSchema, role: z.enum(tenantRoles) }))
        .max(1000)
        .default([]),
    }),
    output: z.object({
      technicianId: idSchema,
      login: z.string(),
      /** Holds the password; answered this once and kept nowhere. */
      connectionUrl: z.string(),
    }),
    permission: 'workspace.technicians',
    scope: 'workspace',
    auditAction: 'technician.added',
  }),
  'technicians.set-administrator': mutation({
    input: z.strictObject({ technicianId: idSchema, administrator: z.boolean() }),
    output: z.object({ administrator: z.boolean() }),
    permission: 'workspace.technicians',
    scope: 'workspace',
    auditAction: 'administrator.changed',
  }),
  /** The role in one tenant; null takes it away. */
  'technicians.set-role': mutation({
    input: z.strictObject({
      tenantId: idSchema,
      technicianId: idSchema,
      role: z.enum(tenantRoles).nullable(),
    }),
    output: z.object({ role: z.enum(tenantRoles).nullable() }),
    permission: 'member.manage',
    scope: 'tenant',
    auditAction: 'member.changed',
  }),
  'technicians.remove': mutation({
    input: z.strictObject({ technicianId: idSchema, reason: reasonSchema }),
    output: z.object({ removed: z.literal(true) }),
    permission: 'workspace.technicians',
    scope: 'workspace',
    auditAction: 'technician.removed',
  }),
} as const;
