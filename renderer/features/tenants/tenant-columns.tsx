import type { TenantRow } from '../../../shared/contract/tenants.ts';
import type { Column } from '../../components/data-table.tsx';
import { HealthBadge } from '../../components/health-badge.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { RelativeText } from '../../components/time-text.tsx';

export const tenantColumns: readonly Column<TenantRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 'minmax(12rem, 2fr)',
    cell: (tenant) => <TenantText text={tenant.name} />,
  },
  {
    key: 'health',
    title: 'Health',
    width: '9.5rem',
    cell: (tenant) => <HealthBadge health={tenant.health} />,
  },
  {
    key: 'lastGood',
    title: 'Last good set',
    width: '8rem',
    cell: (tenant) => <RelativeText iso={tenant.health.lastGoodSetAt} />,
  },
  {
    key: 'credential',
    title: 'Credential',
    width: '11rem',
    cell: (tenant) =>
      tenant.credential === null ? (
        'None'
      ) : (
        <>
          {tenant.credential.kind}
          {tenant.credential.expiresAt !== null && (
            <>
              , ends <RelativeText iso={tenant.credential.expiresAt} />
            </>
          )}
        </>
      ),
  },
  { key: 'schedules', title: 'Schedules', width: '5.5rem', cell: (tenant) => tenant.schedules },
  { key: 'role', title: 'My role', width: '6rem', optional: true, cell: (tenant) => tenant.myRole ?? 'None' },
  {
    key: 'tags',
    title: 'Tags',
    width: 'minmax(6rem, 1fr)',
    optional: true,
    cell: (tenant) => tenant.tags.map((tag) => shortText(tag)).join(', '),
  },
  { key: 'cloud', title: 'Cloud', width: '5.5rem', optional: true, cell: (tenant) => tenant.cloud },
  {
    key: 'entra',
    title: 'Entra tenant id',
    width: '20rem',
    optional: true,
    cell: (tenant) => <code>{tenant.entraTenantId}</code>,
  },
];
