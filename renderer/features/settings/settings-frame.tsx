import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { Link, Navigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../../components/page.tsx';
import { LoadingRows, PageState } from '../../components/page-state.tsx';
import { permittedPages } from '../../components/permitted-pages.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { settingsLinks, type SettingsPath } from './settings-links.ts';

const useStyles = makeStyles({
  frame: {
    display: 'grid',
    gridTemplateColumns: '12rem minmax(0, 1fr)',
    height: '100%',
    '@media (max-width: 48rem), (max-height: 26rem)': {
      gridTemplateColumns: 'minmax(0, 1fr)',
      height: 'auto',
    },
  },
  links: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    paddingInline: tokens.spacingHorizontalL,
    '@media (max-width: 48rem), (max-height: 26rem)': { flexDirection: 'row', flexWrap: 'wrap' },
  },
  link: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
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
  content: {
    minWidth: 0,
    overflow: 'auto',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    paddingInline: tokens.spacingHorizontalL,
    paddingBottom: tokens.spacingVerticalL,
  },
});

/** A page of the settings beside the list of those that the person may see. */
export function SettingsFrame({
  path,
  commands,
  children,
}: {
  path: SettingsPath;
  commands?: ReactNode;
  children: ReactNode;
}) {
  const styles = useStyles();
  const me = useProcedure('session.me', {});
  const shown = me.data === undefined ? [] : permittedPages(settingsLinks, me.data);
  const page = settingsLinks.find((candidate) => candidate.path === path)!;
  const permitted = me.data === undefined || shown.some((candidate) => candidate.path === path);
  return (
    <Page title="Settings" commands={permitted && commands}>
      <div className={styles.frame}>
        <nav className={styles.links} aria-label="Settings">
          {shown.map((link) => (
            <Link
              key={link.path}
              to={link.path}
              search={{} as never}
              className={styles.link}
              activeProps={{ className: mergeClasses(styles.link, styles.active) }}
              activeOptions={{ includeSearch: false }}
            >
              {link.name}
            </Link>
          ))}
        </nav>
        <div className={styles.content}>
          <Text as="h3" size={500} weight="semibold">
            {page.name}
          </Text>
          {permitted ? (
            children
          ) : (
            <PageState title="Not permitted">
              {page.name} needs a role that shows it. Owners of a tenant and administrators of the workspace
              give roles.
            </PageState>
          )}
        </div>
      </div>
    </Page>
  );
}

/** The bare address of the settings leads to the first page that the person may see. */
export function FirstSettingsPage() {
  const me = useProcedure('session.me', {});
  if (me.data === undefined) return <LoadingRows label="Settings are being read" />;
  return <Navigate to={permittedPages(settingsLinks, me.data)[0]!.path} replace />;
}
