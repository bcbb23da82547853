import { defineEntity } from '@mikro-orm/core';

/** A customer's directory that is backed up. Changed through app.connect_tenant and its like, never by a flush. */
export const TenantEntity = defineEntity({
  name: 'Tenant',
  tableName: 'tenants',
  readonly: true,
  properties: (p) => ({
    id: p.uuid().primary(),
    name: p.text(),
    entraTenantId: p.uuid(),
    cloud: p.text().$type<'global' | 'gcc-high' | 'dod' | 'china' | 'custom'>(),
    customCloud: p.json<{ graphUrl: string; loginUrl: string; caFile?: string }>().nullable(),
    state: p.text().$type<'connected' | 'disconnected' | 'deleted'>(),
    tags: p.array(),
    createdAt: p.datetime(),
    createdBy: p.text(),
    changedAt: p.datetime(),
    disconnectedAt: p.datetime().nullable(),
    allowedAgeMinutes: p.integer().nullable(),
  }),
});
