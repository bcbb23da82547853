import { defineEntity } from '@mikro-orm/core';
import type { TenantRole } from '../../../shared/model/permissions.ts';
import { TenantEntity } from './tenant.ts';

/** A person with a login. Changed through app.add_technician and app.remove_technician. */
export const TechnicianEntity = defineEntity({
  name: 'Technician',
  tableName: 'technicians',
  readonly: true,
  properties: (p) => ({
    id: p.uuid().primary(),
    name: p.text(),
    dbRole: p.text(),
    administrator: p.boolean(),
    addedAt: p.datetime(),
    addedBy: p.text(),
    removedAt: p.datetime().nullable(),
    setupEndedAt: p.datetime().nullable(),
    memberships: () => p.oneToMany(TenantMembershipEntity).mappedBy('technician'),
  }),
});

/**
 * The one role that a technician has in a tenant. Changed through app.grant_membership and
 * app.revoke_membership. In this file because the two entities name each other.
 */
export const TenantMembershipEntity = defineEntity({
  name: 'TenantMembership',
  tableName: 'tenant_memberships',
  readonly: true,
  properties: (p) => ({
    tenant: () => p.manyToOne(TenantEntity).primary(),
    technician: () => p.manyToOne(TechnicianEntity).primary(),
    role: p.text().$type<TenantRole>(),
    grantedAt: p.datetime(),
    grantedBy: p.text(),
  }),
});
