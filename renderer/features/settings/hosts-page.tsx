import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { RelativeText } from '../../components/time-text.tsx';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { HostDetail } from './host-detail.tsx';
import { ClockOffset, type HostRow, HostStateBadge } from './host-state.tsx';
import { SettingsFrame } from './settings-frame.tsx';

type Sealing = OutputOf<Contract['hosts.reseal']>;

const columns: readonly Column<HostRow>[] = [
  {
    key: 'name',
    title: 'Host',
    width: 'minmax(9rem, 1fr)',
    cell: (host) => (
      <>
        <TenantText text={host.name} />
        {host.thisComputer && ' (this computer)'}
      </>
    ),
  },
  { key: 'state', title: 'State', width: '8rem', cell: (host) => <HostStateBadge state={host.state} /> },
  { key: 'kind', title: 'Kind', width: '5rem', optional: true, cell: (host) => host.kind },
  { key: 'version', title: 'Version', width: '4.5rem', cell: (host) => host.version ?? 'Unknown' },
  { key: 'seen', title: 'Last beat', width: '9rem', cell: (host) => <RelativeText iso={host.lastSeenAt} /> },
  {
    key: 'clock',
    title: 'Clock',
    width: '9rem',
    cell: (host) => <ClockOffset milliseconds={host.clockOffsetMs} />,
  },
  { key: 'running', title: 'Running', width: '5rem', cell: (host) => host.running },
  { key: 'tenants', title: 'Opens', width: '6rem', cell: (host) => `${host.tenants} tenants` },
];

/** Every installation that carries out backups, and what an administrator can do about it. */
export function HostsPage() {
  const search = useSearch({ strict: false }) as { host?: string };
  const navigate = useNavigate();
  const hosts = useProcedure('hosts.list', {}, { refetchInterval: 15_000 });
  const reseal = useProcedureMutation('hosts.reseal', ['hosts', 'tenants']);
  const [sealing, setSealing] = useState<Sealing | null>(null);
  const rows = hosts.data?.rows;
  const opened = rows?.find((host) => host.id === search.host);
  const open = (host: string | undefined): void =>
    void navigate({ to: '/settings/hosts', search: { host } } as never);

  return (
    <SettingsFrame
      path="/settings/hosts"
      commands={
        <PermittedButton
          permission="workspace.hosts"
          tenantId={null}
          disabled={reseal.isPending}
          onClick={() => reseal.mutate({}, { onSuccess: setSealing })}
        >
          Reseal credentials
        </PermittedButton>
      }
    >
      {reseal.error !== null && (
        <MessageBar intent="error">
          <MessageBarBody>{reseal.error.message}</MessageBarBody>
        </MessageBar>
      )}
      {sealing !== null && <SealingReport sealing={sealing} />}
      {hosts.isPending && <LoadingRows label="Hosts are being read" />}
      {hosts.isError && <LoadFailure error={hosts.error} retry={() => void hosts.refetch()} />}
      {rows?.length === 0 && (
        <PageState title="No hosts yet">
          Without a host nothing is backed up. Start one with <code>tenantkeep service run</code>.
        </PageState>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="Hosts"
          columns={columns}
          rows={rows}
          rowKey={(host) => host.id}
          onOpen={(host) => open(host.id)}
          selectedKey={search.host ?? null}
          total={rows.length}
        />
      )}
      {opened !== undefined && (
        <HostDetail host={opened} onClose={() => open(undefined)} onSealed={setSealing} />
      )}
    </SettingsFrame>
  );
}

/** What was sealed anew, and what still has to be, with the command for the computer that can. */
function SealingReport({ sealing }: { sealing: Sealing }) {
  if (sealing.resealed === null) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          No credential was sealed anew. {sealing.reason} Run <code>tenantkeep hosts reseal</code> on a host
          that is approved.
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <MessageBar intent={sealing.notOpenable.length === 0 ? 'success' : 'warning'} layout="multiline">
      <MessageBarBody>
        {sealing.resealed} credentials and keys and {sealing.secrets} secret values were sealed anew.
        {sealing.notOpenable.length > 0 && (
          <>
            {' '}
            This computer cannot open those of {sealing.notOpenable.join(', ')}. Run{' '}
            <code>tenantkeep hosts reseal</code> on a host that can.
          </>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
