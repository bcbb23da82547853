import { z } from 'zod';
import { tenantRoles } from '../model/permissions.ts';
import { idSchema, instantSchema, tenantInputSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

const memberInput = { tenantId: idSchema, technicianId: idSchema };
const done = z.object({});

/** Who has which role in one tenant. */
export const members = {
  'members.list': query({
    input: tenantInputSchema,
    output: z.object({
      rows: z.array(
        z.object({
          technicianId: idSchema,
          name: z.string(),
          login: z.string(),
          administrator: z.boolean(),
          role: z.enum(tenantRoles),
          grantedAt: instantSchema,
          grantedBy: z.string(),
        }),
      ),
      /** Technicians without a role here, of those that the caller may see: an owner sees those of the own tenants. */
      others: z.array(z.object({ technicianId: idSchema, name: z.string(), login: z.string() })),
    }),
    permission: 'member.view',
    scope: 'tenant',
  }),
  /** Gives a role, or changes it. The last owner keeps that role. */
  'members.set': mutation({
    input: z.strictObject({ ...memberInput, role: z.enum(tenantRoles) }),
    output: done,
    permission: 'member.manage',
    scope: 'tenant',
    auditAction: 'member.granted',
  }),
  'members.remove': mutation({
    input: z.strictObject(memberInput),
    output: done,
    permission: 'member.manage',
    scope: 'tenant',
    auditAction: 'member.revoked',
  }),
} as const;
