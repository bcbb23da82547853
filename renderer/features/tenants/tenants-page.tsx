import { Text } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { HealthBadge } from '../../components/health-badge.tsx';
import { Page } from '../../components/page.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText, RelativeText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

const columns: readonly Column<TenantRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 'minmax(12rem, 2fr)',
    cell: (tenant) => <TenantText text={tenant.name} />,
  },
  {
    key: 'health',
    title: 'Health',
    width: '11rem',
    cell: (tenant) => <HealthBadge health={tenant.health} />,
  },
  {
    key: 'lastGood',
    title: 'Last good set',
    width: '10rem',
    cell: (tenant) => <RelativeText iso={tenant.health.lastGoodSetAt} />,
  },
  { key: 'schedules', title: 'Schedules', width: '6rem', cell: (tenant) => tenant.schedules },
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
  { key: 'cloud', title: 'Cloud', width: '6rem', cell: (tenant) => tenant.cloud },
  { key: 'role', title: 'My role', width: '7rem', cell: (tenant) => tenant.myRole ?? 'None' },
  { key: 'tags', title: 'Tags', width: 'minmax(6rem, 1fr)', cell: (tenant) => tenant.tags.join(', ') },
];

interface TenantsSearch {
  tenantId?: string;
  tenant?: string;
}

/** Every tenant that the signed-in technician may see, with its health. */
export function TenantsPage() {
  const search = useSearch({ strict: false }) as TenantsSearch;
  const navigate = useNavigate();
  const tenants = useProcedure('tenants.list', {}, { refetchInterval: 60_000 });
  const rows = tenants.data?.rows.filter(
    (row) => search.tenantId === undefined || row.id === search.tenantId,
  );
  const opened = tenants.data?.rows.find((row) => row.id === search.tenant);
  const open = (tenant: string | undefined) =>
    void navigate({ to: '/tenants', search: { ...search, tenant } } as never);

  return (
    <Page title="Tenants">
      {tenants.isPending && <LoadingRows label="Tenants are being read" />}
      {tenants.isError && <LoadFailure error={tenants.error} retry={() => void tenants.refetch()} />}
      {rows?.length === 0 && (
        <PageState title="No tenants yet">
          A workspace administrator connects one with <code>tenantkeep tenants connect --help</code>.
        </PageState>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="Tenants"
          columns={columns}
          rows={rows}
          rowKey={(tenant) => tenant.id}
          onOpen={(tenant) => open(tenant.id)}
          selectedKey={search.tenant ?? null}
          total={rows.length}
        />
      )}
      {opened !== undefined && <TenantDetail tenant={opened} onClose={() => open(undefined)} />}
    </Page>
  );
}

function TenantDetail({ tenant, onClose }: { tenant: TenantRow; onClose: () => void }) {
  const scope = { tenantId: tenant.id };
  return (
    <DetailDrawer title={<TenantText text={tenant.name} />} open onClose={onClose} size="medium">
      <HealthBadge health={tenant.health} />
      <Text block>{tenant.health.sentence}</Text>
      <dl>
        <dt>Entra tenant id</dt>
        <dd>
          <code>{tenant.entraTenantId}</code>
        </dd>
        <dt>Cloud</dt>
        <dd>{tenant.cloud}</dd>
        <dt>Last good backup set</dt>
        <dd>
          <InstantText iso={tenant.health.lastGoodSetAt} />
        </dd>
        <dt>Credential</dt>
        <dd>
          {tenant.credential === null ? 'None: no host can read this tenant.' : tenant.credential.kind}
          {tenant.credential !== null && tenant.credential.expiresAt !== null && (
            <>
              , ends <InstantText iso={tenant.credential.expiresAt} />
            </>
          )}
        </dd>
      </dl>
      <ul>
        <li>
          <PageLink to="/schedules" search={scope}>
            Schedules
          </PageLink>
        </li>
        <li>
          <PageLink to="/runs" search={scope}>
            Runs
          </PageLink>
        </li>
        <li>
          <PageLink to="/backup-sets" search={scope}>
            Backup sets
          </PageLink>
        </li>
        <li>
          <PageLink to="/audit" search={scope}>
            Audit
          </PageLink>
        </li>
      </ul>
    </DetailDrawer>
  );
}
