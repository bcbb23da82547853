import {
  Button,
  makeStyles,
  mergeClasses,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Select,
  Text,
  tokens,
  useFocusFinders,
} from '@fluentui/react-components';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.ts';
import { useProcedure } from '../queries/use-procedure.ts';
import { usePreferences, type ZoneChoice } from '../state/preferences.ts';
import { usePageKeys } from '../components/page-keys.ts';
import { shortText } from '../components/tenant-text.tsx';
import { RelativeText } from '../components/time-text.tsx';
import { CommandPalette } from './command-palette.tsx';
import { KeyList } from './key-list.tsx';
import { PermittedOutlet } from './permitted-outlet.tsx';
import { useKeyboard } from './use-keyboard.ts';
import { useShownPages } from './use-shown-pages.ts';

/** A narrow window, or a wide one at 200 %: navigation above, and the page scrolls as a whole. */
const narrow = '@media (max-width: 48rem), (max-height: 26rem)';

const useStyles = makeStyles({
  frame: {
    display: 'grid',
    gridTemplateColumns: '13rem minmax(0, 1fr)',
    gridTemplateRows: 'minmax(0, 1fr) auto',
    height: '100vh',
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground1,
    [narrow]: {
      gridTemplateColumns: 'minmax(0, 1fr)',
      gridTemplateRows: 'auto',
      height: 'auto',
      minHeight: '100vh',
    },
  },
  navigation: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    padding: tokens.spacingHorizontalM,
    overflowY: 'auto',
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    [narrow]: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', borderRight: 'none' },
  },
  brand: { padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS}` },
  simulated: {
    backgroundColor: tokens.colorStatusWarningBackground2,
    color: tokens.colorStatusWarningForeground2,
    padding: tokens.spacingHorizontalS,
    borderRadius: tokens.borderRadiusMedium,
  },
  link: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': {
      backgroundColor: tokens.colorNeutralBackground1Hover,
      color: tokens.colorNeutralForeground1Hover,
    },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  active: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    color: tokens.colorNeutralForeground1Selected,
    fontWeight: tokens.fontWeightSemibold,
  },
  main: { outlineStyle: 'none', overflow: 'auto', minWidth: 0, [narrow]: { overflow: 'visible' } },
  zone: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  status: {
    gridColumn: '1 / -1',
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalL,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM}`,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    fontSize: tokens.fontSizeBase200,
  },
  grow: { flexGrow: 1 },
});

/** Navigation at the left, the page in the middle, what the machinery is doing at the bottom. */
export function Shell() {
  const styles = useStyles();
  // Fluent's focus machinery lives as long as somebody uses it. If a drawer were its only user, closing the drawer
  // would end it before it shows the page to screen readers again.
  useFocusFinders();
  const [opened, setOpened] = useState<'palette' | 'keys' | null>(null);
  const openPalette = useCallback(() => setOpened('palette'), []);
  const openKeys = useCallback(() => setOpened('keys'), []);
  const close = () => setOpened(null);
  useKeyboard({ palette: openPalette, keys: openKeys });
  usePageKeys([{ key: 'Alt+T', name: 'Choose tenant', act: focusTenantSwitcher }]);
  return (
    <div className={styles.frame}>
      <Navigation />
      <main className={styles.main} id="page" tabIndex={-1}>
        <DispatchBanner />
        <PermittedOutlet />
      </main>
      <StatusBar />
      {opened === 'palette' && <CommandPalette onClose={close} />}
      {opened === 'keys' && <KeyList onClose={close} />}
    </div>
  );
}

function focusTenantSwitcher(): void {
  document.getElementById('tenant-switcher')?.focus();
}

function Navigation() {
  const styles = useStyles();
  const me = useProcedure('session.me', {});
  const shown = useShownPages();
  return (
    <nav className={styles.navigation} aria-label="Pages">
      <Text as="h1" size={500} weight="semibold" className={styles.brand}>
        TenantKeep
      </Text>
      {me.data?.simulatedData && <Text className={styles.simulated}>Simulated data</Text>}
      <TenantSwitcher />
      {shown.map((page) => (
        <Link
          key={page.path}
          to={page.path}
          search={(previous: Record<string, unknown>) => ({ tenantId: previous.tenantId })}
          className={styles.link}
          activeProps={{ className: mergeClasses(styles.link, styles.active) }}
          activeOptions={{ includeSearch: false, exact: page.path === '/' }}
        >
          <page.Icon aria-hidden />
          {page.name}
        </Link>
      ))}
    </nav>
  );
}

/** Scopes every page to one tenant; the choice is in the address. */
function TenantSwitcher() {
  const tenants = useProcedure('tenants.list', {});
  const search = useSearch({ strict: false }) as { tenantId?: string };
  const navigate = useNavigate();
  return (
    <Select
      id="tenant-switcher"
      aria-label="Tenant"
      value={search.tenantId ?? ''}
      onChange={(_event, data) =>
        void navigate({ to: '.', search: data.value === '' ? {} : { tenantId: data.value } } as never)
      }
    >
      <option value="">All tenants</option>
      {tenants.data?.rows.map((tenant) => (
        <option key={tenant.id} value={tenant.id}>
          {shortText(tenant.name)}
        </option>
      ))}
    </Select>
  );
}

/** A scheduler that is silent is the worst failure of a backup product, so it is said on every page. */
function DispatchBanner() {
  const status = useProcedure('status.get', {}, { refetchInterval: 15_000 });
  if (status.isError) {
    return (
      <MessageBar intent="error">
        <MessageBarBody>
          <MessageBarTitle>The service does not answer.</MessageBarTitle>
          What is shown may be out of date; changes are refused until it is back. {status.error.message}
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (!status.data || status.data.dispatching) return null;
  return (
    <MessageBar intent="error">
      <MessageBarBody>
        <MessageBarTitle>No host is dispatching.</MessageBarTitle>
        Last tick: <RelativeText iso={status.data.lastTickAt} />. Slots that fall due meanwhile are recorded
        as missed. Start a host with <code>tenantkeep service run</code>.
      </MessageBarBody>
    </MessageBar>
  );
}

const zones: readonly [ZoneChoice, string][] = [
  ['local', 'Local time'],
  ['utc', 'UTC'],
  ['schedule', "Schedule's zone"],
];

function StatusBar() {
  const styles = useStyles();
  const bridge = useBridge();
  const me = useProcedure('session.me', {});
  const status = useProcedure('status.get', {}, { refetchInterval: 15_000 });
  const { zone, setZone } = usePreferences();
  return (
    <footer className={styles.status}>
      <span>
        {status.data ? `Database ${Math.round(status.data.databaseLatencyMs)} ms` : 'Database: no answer'}
      </span>
      <span>{status.data ? `Hosts alive: ${status.data.hostsAlive}` : ''}</span>
      <span>
        Last tick: <RelativeText iso={status.data?.lastTickAt ?? null} absent="never" />
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
