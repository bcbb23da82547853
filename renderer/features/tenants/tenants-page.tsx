import { Button, makeStyles } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { BulkReport } from '../../components/bulk-bar.tsx';
import { SaveTextButton } from '../../components/save-text-button.tsx';
import { ConnectTenantDrawer } from '../../components/connect/connect-tenant-drawer.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useColumnChoice } from '../../components/use-column-choice.tsx';
import { useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { DeletionBars } from './deletion-bars.tsx';
import { TenantBulkBar, tenantNoun } from './tenant-bulk-bar.tsx';
import { tenantColumns } from './tenant-columns.tsx';
import { TenantDetail } from './tenant-detail.tsx';
import { TenantsFilters } from './tenants-filters.tsx';
import { shownTenants, tenantsCsv, type TenantsSearch } from './tenants-view.ts';
import { useTenantBulk } from './use-tenant-bulk.ts';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', height: '100%' },
  table: { flexGrow: 1, minHeight: '12rem' },
});

const nothing: ReadonlySet<string> = new Set();

/** Every tenant that the signed-in technician may see, with its health. */
export function TenantsPage() {
  const search = useSearch({ strict: false }) as TenantsSearch;
  const styles = useStyles();
  const navigate = useNavigate();
  const tenants = useProcedure('tenants.list', {}, { refetchInterval: 60_000 });
  const obstacle = useObstacle('tenant.connect', null);
  const { columns, chooser } = useColumnChoice('tenants', tenantColumns, 'name');
  const bulk = useTenantBulk();
  const [chosenKeys, setChosenKeys] = useState(nothing);
  const all = tenants.data?.rows;
  const rows = all && shownTenants(all, search);
  // Rows that a filter hides are not acted on.
  const chosen = rows?.filter((row) => chosenKeys.has(row.id)) ?? [];
  const opened = all?.find((row) => row.id === search.tenant);
  const change = (next: Partial<TenantsSearch>) =>
    void navigate({ to: '/tenants', search: { ...search, ...next } } as never);
  const connect = (
    <Button
      appearance="primary"
      disabledFocusable={obstacle !== null}
      title={obstacle ?? undefined}
      onClick={() => obstacle === null && change({ connect: 'new' })}
    >
      Connect tenant
    </Button>
  );

  return (
    <Page
      title="Tenants"
      commands={
        <>
          {connect}
          <Button onClick={() => void tenants.refetch()}>Refresh</Button>
          {chooser}
          {rows !== undefined && rows.length > 0 && (
            <SaveTextButton name="tenants.csv" text={tenantsCsv(rows)}>
              Save list as CSV
            </SaveTextButton>
          )}
        </>
      }
      footer={
        chosen.length > 0 && (
          <TenantBulkBar chosen={chosen} bulk={bulk} onClear={() => setChosenKeys(nothing)} />
        )
      }
    >
      <BulkReport
        noun={tenantNoun}
        progress={bulk.progress}
        outcome={bulk.outcome}
        onDismiss={bulk.dismiss}
      />
      <DeletionBars />
      {tenants.isPending && <LoadingRows label="Tenants are being read" />}
      {tenants.isError && <LoadFailure error={tenants.error} retry={() => void tenants.refetch()} />}
      {all?.length === 0 && (
        <PageState title="No tenants yet">
          A connected tenant stands here with its health, credential and schedules.{' '}
          {obstacle === null ? 'Connect the first one.' : 'A workspace administrator connects one.'}
        </PageState>
      )}
      {all !== undefined && rows !== undefined && all.length > 0 && (
        <div className={styles.content}>
          <TenantsFilters rows={all} search={search} change={change} />
          {rows.length === 0 ? (
            <PageState
              title="No tenant matches"
              action={
                <Button
                  onClick={() =>
                    change({
                      q: undefined,
                      health: undefined,
                      healths: undefined,
                      tag: undefined,
                      tenantId: undefined,
                    })
                  }
                >
                  Clear filters
                </Button>
              }
            >
              {all.length} tenants are hidden by the filters above.
            </PageState>
          ) : (
            <div className={styles.table}>
              <DataTable
                label="Tenants"
                columns={columns}
                rows={rows}
                rowKey={(tenant) => tenant.id}
                onOpen={(tenant) => change({ tenant: tenant.id })}
                selectedKey={search.tenant ?? null}
                total={rows.length}
                selection={{
                  keys: chosenKeys,
                  onChange: setChosenKeys,
                  nameOf: (tenant) => `Select ${shortText(tenant.name)}`,
                }}
              />
            </div>
          )}
        </div>
      )}
      {opened !== undefined && search.connect === undefined && (
        <TenantDetail
          key={opened.id}
          tenant={opened}
          tab={search.tenantTab ?? 'summary'}
          onTab={(tenantTab) => change({ tenantTab })}
          onClose={() => change({ tenant: undefined, tenantTab: undefined })}
        />
      )}
      {search.connect === 'new' && (
        <ConnectTenantDrawer
          onClose={(connected) => change({ connect: undefined, tenant: connected ?? undefined })}
        />
      )}
    </Page>
  );
}
