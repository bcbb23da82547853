import { Button, Input, MessageBar, MessageBarBody, Select } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { type AuditEventRow, auditOutcomes } from '../../../shared/contract/audit.ts';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { usePagedProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { ExportButtons, ExportProgress, useAuditExport } from './audit-export.tsx';

const columns: readonly Column<AuditEventRow>[] = [
  { key: 'at', title: 'Time', width: '11.5rem', cell: (event) => <InstantText iso={event.at} /> },
  { key: 'sequence', title: 'Sequence', width: '5.5rem', cell: (event) => event.sequence },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(9rem, 1fr)',
    cell: (event) => (event.tenantName === null ? 'Workspace' : <TenantText text={event.tenantName} />),
  },
  {
    key: 'actor',
    title: 'Actor',
    width: 'minmax(9rem, 1fr)',
    cell: (event) => <TenantText text={event.actor} />,
  },
  { key: 'action', title: 'Action', width: 'minmax(11rem, 1fr)', cell: (event) => event.action },
  { key: 'outcome', title: 'Outcome', width: '5rem', cell: (event) => event.outcome },
  { key: 'reason', title: 'Reason', width: 'minmax(5rem, 1fr)', cell: (event) => event.reason ?? '' },
];

interface AuditSearch {
  tenantId?: string;
  actor?: string;
  action?: string;
  outcome?: (typeof auditOutcomes)[number];
}

/** Who did what, newest first; what the list shows is exactly what an export writes. */
export function AuditPage() {
  const search = useSearch({ strict: false }) as AuditSearch;
  const navigate = useNavigate();
  const [opened, setOpened] = useState<AuditEventRow | null>(null);
  const filter = {
    tenantId: search.tenantId ?? null,
    actor: search.actor || null,
    action: search.action || null,
    outcome: search.outcome ?? null,
  };
  const events = usePagedProcedure('audit.list', { filter });
  const exporting = useAuditExport({ ...filter, from: null, to: null, targetId: null, terms: [] });
  const check = useProcedureMutation('audit.verify', ['audit']);
  const filtered = Boolean(search.actor || search.action || search.outcome);
  const change = (next: Partial<AuditSearch>) =>
    void navigate({ to: '/audit', search: { ...search, ...next }, replace: true } as never);

  return (
    <Page
      title="Audit"
      commands={
        <>
          <Input
            aria-label="Actor"
            placeholder="Actor"
            value={search.actor ?? ''}
            onChange={(_event, data) => change({ actor: data.value || undefined })}
          />
          <Input
            aria-label="Action"
            placeholder="Action, such as run.started or run."
            value={search.action ?? ''}
            onChange={(_event, data) => change({ action: data.value || undefined })}
          />
          <Select
            aria-label="Outcome"
            value={search.outcome ?? ''}
            onChange={(_event, data) =>
              change({ outcome: (data.value || undefined) as AuditSearch['outcome'] })
            }
          >
            <option value="">Every outcome</option>
            {auditOutcomes.map((outcome) => (
              <option key={outcome}>{outcome}</option>
            ))}
          </Select>
          {search.tenantId !== undefined && (
            <PermittedButton
              permission="audit.verify"
              tenantId={search.tenantId}
              disabled={check.isPending}
              onClick={() => check.mutate({ tenantId: search.tenantId! })}
            >
              {check.isPending ? 'Checking…' : 'Check integrity'}
            </PermittedButton>
          )}
          <ExportButtons work={exporting} tenantId={filter.tenantId} />
          <Button onClick={() => void events.refetch()}>Refresh</Button>
        </>
      }
    >
      <ExportProgress work={exporting} />
      {check.data && check.variables?.tenantId === search.tenantId && <Verdict verdict={check.data} />}
      {check.error && (
        <MessageBar intent="error">
          <MessageBarBody>{check.error.message}</MessageBarBody>
        </MessageBar>
      )}
      {events.isPending && <LoadingRows label="Audit events are being read" />}
      {events.isError && <LoadFailure error={events.error} retry={() => void events.refetch()} />}
      {events.isSuccess && events.rows.length === 0 && (
        <PageState
          title={filtered ? 'Nothing matches' : 'No audit events yet'}
          action={
            filtered && (
              <Button onClick={() => change({ actor: undefined, action: undefined, outcome: undefined })}>
                Clear filters
              </Button>
            )
          }
        >
          {filtered
            ? 'No event fits the filters above.'
            : 'Every change and every run leaves its events here.'}
        </PageState>
      )}
      {events.rows.length > 0 && (
        <DataTable
          label="Audit events"
          columns={columns}
          rows={events.rows}
          rowKey={(event) => `${event.tenantId ?? 'workspace'}-${event.sequence}`}
          onOpen={setOpened}
          loadMore={events.hasNextPage ? () => void events.fetchNextPage() : undefined}
          loadingMore={events.isFetchingNextPage}
        />
      )}
      {opened !== null && <AuditDetail event={opened} onClose={() => setOpened(null)} />}
    </Page>
  );
}

function Verdict({ verdict }: { verdict: OutputOf<Contract['audit.verify']> }) {
  return (
    <MessageBar intent={verdict.verified ? 'success' : 'error'}>
      <MessageBarBody>
        {verdict.verified
          ? `Verified 1 to ${verdict.events.toLocaleString()}, head ${verdict.headHash.slice(0, 12)}.`
          : `Broken at ${verdict.firstBroken?.sequence}: ${verdict.firstBroken?.what}`}
      </MessageBarBody>
    </MessageBar>
  );
}

function AuditDetail({ event, onClose }: { event: AuditEventRow; onClose: () => void }) {
  const facts: readonly [string, string | null][] = [
    ['Action', event.action],
    ['Actor', event.actor],
    ['Target', [event.targetKind, event.targetId].filter(Boolean).join(' ')],
    ['Outcome', event.outcome],
    ['Reason', event.reason],
    ['Host', event.host],
    ['Correlation id', event.correlationId],
    ['Previous hash', event.previousHash],
    ['Hash', event.hash],
    ['Before', event.before === null ? null : JSON.stringify(event.before, null, 2)],
    ['After', event.after === null ? null : JSON.stringify(event.after, null, 2)],
  ];
  return (
    <DetailDrawer title={`Event ${event.sequence}`} open onClose={onClose} size="medium">
      <dl>
        {facts
          .filter(([, value]) => value !== null && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <pre style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0 }}>{value}</pre>
              </dd>
            </div>
          ))}
      </dl>
    </DetailDrawer>
  );
}
