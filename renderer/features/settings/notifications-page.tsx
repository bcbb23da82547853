import { Field, makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ChannelRow } from '../../../shared/contract/alerts.ts';
import { alertCauses } from '../../../shared/model/alerts.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { useObstacle, useObstacles } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { ChannelEditor } from './channel-editor.tsx';
import {
  ChannelFindings,
  channelKindWords,
  ChannelStateBadge,
  leastSeverityWords,
  targetWords,
} from './channel-state.tsx';
import { OpenAlerts } from './open-alerts.tsx';
import { SettingsFrame } from './settings-frame.tsx';
import { useChannels } from './use-channels.ts';

const useStyles = makeStyles({
  section: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingVerticalM,
    minWidth: 0,
  },
  heading: { margin: 0 },
  choice: { maxWidth: '32rem' },
  table: { height: '12rem' },
});

const columns: readonly Column<ChannelRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 'minmax(9rem, 1fr)',
    cell: (channel) => <TenantText text={channel.name} />,
  },
  { key: 'state', title: 'State', width: '8rem', cell: (channel) => <ChannelStateBadge channel={channel} /> },
  {
    key: 'findings',
    title: 'Deliveries',
    width: 'minmax(16rem, 2fr)',
    cell: (channel) => <ChannelFindings channel={channel} />,
  },
  {
    key: 'kind',
    title: 'Kind and target',
    width: 'minmax(12rem, 1.5fr)',
    cell: (channel) => `${channelKindWords[channel.kind]}, ${targetWords(channel)}`,
  },
  {
    key: 'severity',
    title: 'Sends',
    width: '11rem',
    cell: (channel) => leastSeverityWords[channel.leastSeverity],
  },
];

/** What is in trouble now, and the channels by which people are told of it: of the workspace, or of one tenant. */
export function NotificationsPage() {
  const styles = useStyles();
  const search = useSearch({ strict: false }) as { tenantId?: string; channel?: string };
  const navigate = useNavigate();
  const tenantId = search.tenantId ?? null;
  const permission = tenantId === null ? 'workspace.notifications' : 'tenant.notifications';
  const obstacle = useObstacle(permission, tenantId);
  const obstacleIn = useObstacles();
  const tenants = useProcedure('tenants.list', {});
  const channels = useChannels(tenantId, obstacle === null);
  const rows = channels.isPlaceholderData ? undefined : channels.data?.rows;
  const opened = rows?.find((channel) => channel.id === search.channel);
  const go = (next: typeof search): void =>
    void navigate({ to: '/settings/notifications', search: next } as never);
  const open = (channel: string | undefined): void => go({ ...search, channel });
  const owners = tenants.data?.rows.filter(
    (tenant) => tenant.id === tenantId || obstacleIn('tenant.notifications', tenant.id) === null,
  );
  return (
    <SettingsFrame
      path="/settings/notifications"
      commands={
        <PermittedButton
          permission={permission}
          tenantId={tenantId}
          appearance="primary"
          onClick={() => open('new')}
        >
          Add channel
        </PermittedButton>
      }
    >
      <Text>Alerts are raised when: {Object.values(alertCauses).map(startSmall).join('; ')}.</Text>
      <OpenAlerts tenantId={tenantId} />
      <section className={styles.section} aria-label="Channels">
        <Text as="h4" size={400} weight="semibold" className={styles.heading}>
          Channels
        </Text>
        <Field
          label="Channels of"
          className={styles.choice}
          hint="Those of the workspace are told of every tenant, those of a tenant of it alone."
        >
          <Select
            value={tenantId ?? ''}
            onChange={(_event, data) => go({ tenantId: data.value === '' ? undefined : data.value })}
          >
            <option value="">Workspace</option>
            {owners?.map((tenant) => (
              <option key={tenant.id} value={tenant.id}>
                {shortText(tenant.name)}
              </option>
            ))}
          </Select>
        </Field>
        {obstacle !== null && <PageState title="Channels are not shown">{obstacle}</PageState>}
        {obstacle === null && rows === undefined && !channels.isError && (
          <LoadingRows label="Channels are being read" />
        )}
        {obstacle === null && channels.isError && (
          <LoadFailure error={channels.error} retry={() => void channels.refetch()} />
        )}
        {obstacle === null && rows?.length === 0 && (
          <PageState title="No channels yet">
            Nobody is told of alerts. A channel sends them to Microsoft Teams, by mail or to a webhook.
          </PageState>
        )}
        {obstacle === null && rows !== undefined && rows.length > 0 && (
          <div className={styles.table}>
            <DataTable
              label="Channels"
              columns={columns}
              rows={rows}
              rowKey={(channel) => channel.id}
              onOpen={(channel) => open(channel.id)}
              selectedKey={search.channel ?? null}
              total={rows.length}
            />
          </div>
        )}
      </section>
      {obstacle === null && (search.channel === 'new' || opened !== undefined) && (
        <ChannelEditor
          key={opened?.id ?? 'new'}
          tenantId={tenantId}
          channel={search.channel === 'new' ? null : opened!}
          onSaved={(channelId) => open(channelId)}
          onClose={() => open(undefined)}
        />
      )}
    </SettingsFrame>
  );
}

function startSmall(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
