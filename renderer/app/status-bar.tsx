import { Button, makeStyles, Select, tokens } from '@fluentui/react-components';
import { useBridge } from '../bridge/bridge-context.ts';
import { RelativeText } from '../components/time-text.tsx';
import { useProcedure } from '../queries/use-procedure.ts';
import { usePreferences, type ZoneChoice } from '../state/preferences.ts';
import { Bell } from './bell.tsx';
import { statusEveryMs } from './message-bars.tsx';

const useStyles = makeStyles({
  status: {
    gridColumn: '1 / -1',
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalL,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM}`,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    fontSize: tokens.fontSizeBase200,
  },
  zone: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  grow: { flexGrow: 1 },
});

const zones: readonly [ZoneChoice, string][] = [
  ['local', 'Local time'],
  ['utc', 'UTC'],
  ['schedule', "Schedule's zone"],
];

/** What the machinery is doing, the one switch of the time zone, and who is signed in. */
export function StatusBar({ onKeys }: { onKeys: () => void }) {
  const styles = useStyles();
  const bridge = useBridge();
  const me = useProcedure('session.me', {});
  const status = useProcedure('status.get', {}, { refetchInterval: statusEveryMs });
  const hosts = useProcedure('hosts.list', {});
  const { zone, setZone } = usePreferences();
  const own = hosts.data?.rows.find((host) => host.thisComputer && host.state !== 'stopped');
  const answers = status.data !== undefined && !status.isError;
  return (
    <footer className={styles.status} aria-label="Status">
      <span>
        {answers ? `Database ${Math.round(status.data.databaseLatencyMs)} ms` : 'Database: no answer'}
      </span>
      <span>
        This computer: {own === undefined ? 'viewer' : own.state === 'alive' ? 'host' : `host, ${own.state}`}
      </span>
      {answers && <span>Hosts alive: {status.data.hostsAlive}</span>}
      <span>
        {answers && status.data.nextTickAt !== null ? (
          <>
            Next tick: <RelativeText iso={status.data.nextTickAt} />
          </>
        ) : (
          <>
            Last tick: <RelativeText iso={status.data?.lastTickAt ?? null} absent="never" />
          </>
        )}
      </span>
      <span className={styles.grow} />
      <label className={styles.zone}>
        Times in
        <Select size="small" value={zone} onChange={(_event, data) => setZone(data.value as ZoneChoice)}>
          {zones.map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </Select>
      </label>
      <Bell />
      <Button size="small" appearance="subtle" onClick={onKeys}>
        Keys
      </Button>
      <span>{me.data ? `${me.data.name} · version ${me.data.version}` : ''}</span>
      {bridge.host.signOut && (
        <Button
          size="small"
          appearance="subtle"
          onClick={() => void bridge.host.signOut?.().then(() => window.location.reload())}
        >
          Sign out
        </Button>
      )}
    </footer>
  );
}
