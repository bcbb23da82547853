import { z } from 'zod';
import { idSchema, instantSchema, nameSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

/** Pages that keep views; the table takes any. */
const viewPageSchema = z.enum(['audit', 'schedules', 'runs', 'tenants', 'backup-sets']);

/** What the address of the page holds: filters by name, as text. */
const viewSearchSchema = z.record(z.string().max(50), z.string().max(2000));

export const savedViewSchema = z.object({
  id: idSchema,
  /** The tenant whose members share it; null: the signed-in person's alone. */
  tenantId: idSchema.nullable(),
  name: z.string(),
  search: viewSearchSchema,
  /** The signed-in person made it. */
  own: z.boolean(),
  createdAt: instantSchema,
});

export const savedViews = {
  'views.list': query({
    input: z.strictObject({ page: viewPageSchema }),
    output: z.object({ rows: z.array(savedViewSchema) }),
    permission: null,
    scope: 'self',
  }),
  'views.save': mutation({
    input: z.strictObject({
      page: viewPageSchema,
      name: nameSchema.max(100, 'The name of a view has at most 100 characters.'),
      search: viewSearchSchema,
      /** Shares it with the members of a tenant; the database decides whether the role allows that. */
      sharedWith: idSchema.nullable().default(null),
    }),
    output: z.object({ id: idSchema }),
    permission: null,
    scope: 'self',
    auditAction: 'view.saved',
  }),
  'views.remove': mutation({
    input: z.strictObject({ viewId: idSchema }),
    output: z.object({ removed: z.boolean() }),
    permission: null,
    scope: 'self',
    auditAction: 'view.removed',
  }),
} as const;
