import { makeStyles, mergeClasses, Text, tokens, useFocusFinders } from '@fluentui/react-components';
import { Link } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { usePageKeys } from '../components/page-keys.ts';
import { useProcedure } from '../queries/use-procedure.ts';
import { CommandPalette } from './command-palette.tsx';
import { KeyList } from './key-list.tsx';
import { MessageBars, useStaleSince } from './message-bars.tsx';
import { PermittedOutlet } from './permitted-outlet.tsx';
import { StatusBar } from './status-bar.tsx';
import { TenantSwitcher } from './tenant-switcher.tsx';
import { useKeyboard } from './use-keyboard.ts';
import { useShownPages } from './use-shown-pages.ts';
import { useHealthNotices, useLostRoles, useOwnRunNotices } from './use-watch.ts';

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
  main: {
    display: 'flex',
    flexDirection: 'column',
    outlineStyle: 'none',
    overflow: 'auto',
    minWidth: 0,
    [narrow]: { overflow: 'visible' },
  },
  content: { flexGrow: 1, minHeight: 0, [narrow]: { minHeight: 'auto' } },
  /** What was true when the database last answered; readable, and not taken for fresh. */
  stale: { opacity: 0.75, filter: 'grayscale(1)' },
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
  const staleSince = useStaleSince();
  useHealthNotices();
  useOwnRunNotices();
  useLostRoles();
  useKeyboard({ palette: openPalette, keys: openKeys });
  usePageKeys([{ key: 'Alt+T', name: 'Choose tenant', act: focusTenantSwitcher }]);
  return (
    <div className={styles.frame}>
      <Navigation />
      <main className={styles.main} id="page" tabIndex={-1}>
        <MessageBars />
        <div className={mergeClasses(styles.content, staleSince !== null && styles.stale)}>
          <PermittedOutlet />
        </div>
      </main>
      <StatusBar onKeys={openKeys} />
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
