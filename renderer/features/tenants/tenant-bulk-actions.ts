import type { TenantRow } from '../../../shared/contract/tenants.ts';
import type { Permission } from '../../../shared/model/permissions.ts';
import { type BulkReach, reachOf } from '../../components/bulk-reach.ts';

/** What can be done to several tenants at once. */
export type TenantBulkAction = 'tag' | 'pause' | 'check';

export const tenantBulkActions: readonly TenantBulkAction[] = ['tag', 'pause', 'check'];

export const tenantBulkWords: Readonly<Record<TenantBulkAction, string>> = {
  tag: 'Change tags',
  pause: 'Pause schedules',
  check: 'Check access',
};

const permissionOf: Readonly<Record<TenantBulkAction, Permission>> = {
  tag: 'tenant.edit',
  pause: 'schedule.pause',
  check: 'tenant.check-access',
};

/** Why an action leaves a tenant alone, in a few words; null: it acts on it. */
function hindrance(action: TenantBulkAction, tenant: TenantRow): string | null {
  if (action === 'tag') return null;
  if (!tenant.connected) return 'disconnected';
  if (action === 'check') return tenant.credential === null ? 'without a credential' : null;
  if (tenant.schedules === 0) return 'without schedules';
  return tenant.health.state === 'paused' ? 'paused already' : null;
}

/** On which of the chosen tenants an action acts, and why not on the others. */
export function tenantReach(
  action: TenantBulkAction,
  chosen: readonly TenantRow[],
  obstacleIn: (permission: Permission, tenantId: string) => string | null,
): BulkReach<TenantRow> {
  return reachOf(chosen, (tenant) => {
    const obstacle = obstacleIn(permissionOf[action], tenant.id);
    return obstacle === null ? hindrance(action, tenant) : `without the role: ${obstacle}`;
  });
}

/** Tags as typed, divided by commas. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
}

/** The tags of a tenant after a change: what is added wins over what is removed. */
export function changedTags(
  tags: readonly string[],
  add: readonly string[],
  remove: readonly string[],
): string[] {
  return [...new Set([...tags.filter((tag) => !remove.includes(tag)), ...add])];
}
