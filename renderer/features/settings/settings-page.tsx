import { Field, makeStyles, Select, Switch, Text, tokens } from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { RelativeText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { type Density, type ThemeChoice, usePreferences } from '../../state/preferences.ts';

type HostRow = OutputOf<Contract['hosts.list']>['rows'][number];

const useStyles = makeStyles({
  stack: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingVerticalXL,
    padding: tokens.spacingHorizontalL,
  },
  form: { display: 'grid', gap: tokens.spacingVerticalM, maxWidth: '24rem' },
  hosts: { height: '16rem' },
});

const hostColumns: readonly Column<HostRow>[] = [
  { key: 'name', title: 'Host', width: 'minmax(10rem, 1fr)', cell: (host) => host.name },
  {
    key: 'state',
    title: 'State',
    width: '10rem',
    cell: (host) => (host.approved ? host.state.replaceAll('_', ' ') : 'waits for approval'),
  },
  { key: 'kind', title: 'Kind', width: '7rem', cell: (host) => host.kind },
  { key: 'version', title: 'Version', width: '6rem', cell: (host) => host.version ?? 'unknown' },
  { key: 'seen', title: 'Last beat', width: '9rem', cell: (host) => <RelativeText iso={host.lastSeenAt} /> },
  { key: 'tick', title: 'Last tick', width: '9rem', cell: (host) => <RelativeText iso={host.lastTickAt} /> },
  {
    key: 'clock',
    title: 'Clock',
    width: '9rem',
    cell: (host) =>
      host.clockOffsetMs === null ? 'unknown' : `off by ${(host.clockOffsetMs / 1000).toFixed(1)} s`,
  },
  { key: 'running', title: 'Running', width: '5rem', cell: (host) => host.running },
];

/** What belongs to this workspace's machinery, and how this person likes the screens. */
export function SettingsPage() {
  const styles = useStyles();
  return (
    <Page title="Settings">
      <div className={styles.stack}>
        <Hosts />
        <Appearance />
      </div>
    </Page>
  );
}

function Hosts() {
  const styles = useStyles();
  const hosts = useProcedure('hosts.list', {}, { refetchInterval: 15_000 });
  return (
    <section aria-label="Hosts">
      <Text as="h3" size={500} weight="semibold" block>
        Hosts
      </Text>
      {hosts.isPending && <LoadingRows label="Hosts are being read" />}
      {hosts.isError && <LoadFailure error={hosts.error} retry={() => void hosts.refetch()} />}
      {hosts.data?.rows.length === 0 && (
        <PageState title="No hosts yet">
          Without a host nothing is backed up. Start one with <code>tenantkeep service run</code>.
        </PageState>
      )}
      {hosts.data !== undefined && hosts.data.rows.length > 0 && (
        <div className={styles.hosts}>
          <DataTable label="Hosts" columns={hostColumns} rows={hosts.data.rows} rowKey={(host) => host.id} />
        </div>
      )}
    </section>
  );
}

function Appearance() {
  const styles = useStyles();
  const preferences = usePreferences();
  return (
    <section aria-label="Appearance" className={styles.form}>
      <Text as="h3" size={500} weight="semibold" block>
        Appearance
      </Text>
      <Field label="Theme">
        <Select
          value={preferences.theme}
          onChange={(_event, data) => preferences.setTheme(data.value as ThemeChoice)}
        >
          <option value="system">As the system</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
          <option value="high-contrast">High contrast</option>
        </Select>
      </Field>
      <Field label="Row height">
        <Select
          value={preferences.density}
          onChange={(_event, data) => preferences.setDensity(data.value as Density)}
        >
          <option value="compact">Compact</option>
          <option value="normal">Normal</option>
          <option value="roomy">Roomy</option>
        </Select>
      </Field>
      <Switch
        label="Single letters act as keys"
        checked={preferences.singleKeys}
        onChange={(_event, data) => preferences.setSingleKeys(data.checked)}
      />
    </section>
  );
}
