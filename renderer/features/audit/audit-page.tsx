import { Button, Select, Switch, Text } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type AuditEventRow, type AuditFilter, auditOutcomes } from '../../../shared/contract/audit.ts';
import { formatAuditQuery, formatAuditTerm, parseAuditQuery } from '../../../shared/model/audit-query.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { focusFilterText, usePageKeys } from '../../components/page-keys.ts';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { SavedViews } from '../../components/saved-views.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { usePagedProcedure, useProcedure } from '../../queries/use-procedure.ts';
import { AuditEventDetail, eventKey } from './audit-event-detail.tsx';
import { ExportButton, ExportProgress, useAuditExport } from './audit-export.tsx';
import { AuditFacets } from './audit-facets.tsx';
import { CheckButton, CheckReport, useIntegrityCheck } from './audit-integrity.tsx';
import { type AuditPeriod, auditPeriods, periodStart } from './audit-period.ts';
import { QueryBox, QueryPills } from './query-box.tsx';

const columns: readonly Column<AuditEventRow>[] = [
  { key: 'at', title: 'Time', width: '11.5rem', cell: (event) => <InstantText iso={event.at} /> },
  { key: 'sequence', title: 'Sequence', width: '5.5rem', cell: (event) => event.sequence },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(8rem, 1fr)',
    cell: (event) => (event.tenantName === null ? 'Workspace' : <TenantText text={event.tenantName} />),
  },
  {
    key: 'actor',
    title: 'Actor',
    width: 'minmax(8rem, 1fr)',
    cell: (event) => <TenantText text={event.actor} />,
  },
  { key: 'action', title: 'Action', width: 'minmax(11rem, 1fr)', cell: (event) => event.action },
  {
    key: 'target',
    title: 'Target',
    width: 'minmax(7rem, 1fr)',
    cell: ({ targetKind, targetId }) => (
      <span title={targetId ?? undefined}>{shortText(targetKind ?? targetId ?? 'None')}</span>
    ),
  },
  { key: 'outcome', title: 'Outcome', width: '5rem', cell: (event) => event.outcome },
  { key: 'reason', title: 'Reason', width: 'minmax(5rem, 1fr)', cell: (event) => event.reason ?? 'None' },
  {
    key: 'host',
    title: 'Host',
    width: 'minmax(6rem, 1fr)',
    cell: (event) => shortText(event.host ?? 'None'),
  },
];

interface AuditSearch {
  tenantId?: string;
  q?: string;
  auditPeriod?: AuditPeriod;
  /** The event whose drawer is open. */
  event?: string;
}

/** Portions that a search goes on by itself before it asks; each reads a bounded number of events. */
const portionsByItself = 12;

/** Who did what, newest first; what the list shows is exactly what an export writes. */
export function AuditPage() {
  const search = useSearch({ strict: false }) as AuditSearch;
  const navigate = useNavigate();
  const [openedMs] = useState(() => Date.now());
  const [counting, setCounting] = useState(false);
  const query = search.q ?? '';
  const period = search.auditPeriod ?? '30d';
  const tenantId = search.tenantId ?? null;
  const filter: AuditFilter = {
    tenantId,
    from: periodStart(period, openedMs),
    to: null,
    actor: null,
    action: null,
    outcome: null,
    targetId: null,
    terms: parseAuditQuery(query),
  };
  const events = usePagedProcedure('audit.list', { filter });
  const exporting = useAuditExport(filter);
  const check = useIntegrityCheck();
  const known = useKnownValues(filter);
  const go = (next: Partial<AuditSearch>, replace = false) =>
    void navigate({
      to: '/audit',
      search: (before: AuditSearch) => ({ ...before, ...next }),
      replace,
    } as never);
  const setQuery = (q: string) => go({ q: q || undefined });
  usePageKeys([{ key: '/', name: 'Write a query', act: focusFilterText }]);

  const pages = events.data?.pages ?? [];
  const last = pages.at(-1);
  const searchedTo = last?.searchedTo ?? null;
  const goesOnByItself =
    searchedTo !== null &&
    events.rows.length < 50 &&
    pages.length <= portionsByItself &&
    !events.isFetchingNextPage &&
    events.hasNextPage;
  const { fetchNextPage } = events;
  useEffect(() => {
    if (goesOnByItself) void fetchNextPage();
  }, [goesOnByItself, fetchNextPage]);

  return (
    <Page
      title="Audit"
      commands={
        <>
          <QueryBox query={query} known={known} onChange={setQuery} />
          <Select
            aria-label="Period"
            value={period}
            onChange={(_event, data) => go({ auditPeriod: data.value as AuditPeriod })}
          >
            {Object.entries(auditPeriods).map(([value, { words }]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
          <SavedViews
            page="audit"
            search={{ ...(query === '' ? {} : { q: query }), auditPeriod: period }}
            onOpen={(view) =>
              go({
                q: view['q'],
                auditPeriod: view['auditPeriod'] as AuditPeriod | undefined,
                event: undefined,
              })
            }
          />
          <ExportButton work={exporting} filter={filter} />
          {tenantId !== null && <CheckButton check={check} tenantId={tenantId} />}
          <Switch label="Counts" checked={counting} onChange={(_event, data) => setCounting(data.checked)} />
          <Button onClick={() => void events.refetch()}>Refresh</Button>
        </>
      }
    >
      <QueryPills query={query} onChange={setQuery} />
      {counting && (
        <AuditFacets
          filter={filter}
          onAdd={(term) => setQuery([query, formatAuditTerm(term)].filter(Boolean).join(' '))}
        />
      )}
      <ExportProgress work={exporting} />
      {tenantId !== null && <CheckReport check={check} tenantId={tenantId} />}
      {events.isPending && <LoadingRows label="Audit events are being read" />}
      {events.isError && <LoadFailure error={events.error} retry={() => void events.refetch()} />}
      {events.isSuccess && events.rows.length === 0 && searchedTo === null && (
        <PageState
          title={query === '' && period === 'all' ? 'No audit events yet' : 'Nothing matches'}
          action={
            (query !== '' || period !== 'all') && (
              <Button onClick={() => go({ q: undefined, auditPeriod: 'all' })}>Clear filters</Button>
            )
          }
        >
          {query === '' && period === 'all'
            ? 'Every change and every run leaves its events here.'
            : `No event of ${auditPeriods[period].words.toLowerCase()} fits ${query === '' ? 'the period' : `“${shortText(formatAuditQuery(filter.terms))}”`}.`}
        </PageState>
      )}
      {searchedTo !== null && (
        <Text block role="status" style={{ padding: '4px 16px' }}>
          Searched back to <InstantText iso={searchedTo} />.{' '}
          {events.isFetchingNextPage || goesOnByItself ? (
            'The search goes on.'
          ) : (
            <Button size="small" onClick={() => void fetchNextPage()}>
              Search further
            </Button>
          )}
        </Text>
      )}
      {events.rows.length > 0 && (
        <DataTable
          label="Audit events"
          columns={columns}
          rows={events.rows}
          rowKey={eventKey}
          onOpen={(event) => go({ event: eventKey(event) })}
          selectedKey={search.event ?? null}
          loadMore={events.hasNextPage && searchedTo === null ? () => void fetchNextPage() : undefined}
          loadingMore={events.isFetchingNextPage}
          loadAtEnd
        />
      )}
      {search.event !== undefined && (
        <AuditEventDetail eventOf={search.event} onClose={() => go({ event: undefined })} />
      )}
    </Page>
  );
}

/** Values that the query box offers: what the counts know, and the tenants by name. */
function useKnownValues(filter: AuditFilter) {
  const counts = useProcedure('audit.facets', { filter: { ...filter, terms: [] } });
  const tenants = useProcedure('tenants.list', {});
  const of = (field: string) =>
    (counts.data?.facets ?? []).filter((facet) => facet.field === field).map((facet) => facet.value);
  return {
    actor: of('actor'),
    action: of('action'),
    host: of('host'),
    outcome: auditOutcomes,
    tenant: ['workspace', ...(tenants.data?.rows ?? []).map((tenant) => tenant.name)],
    target: ['run', 'schedule', 'tenant', 'set', 'technician', 'host', 'credential', 'file', 'view'],
  };
}
