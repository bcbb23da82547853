import { makeStyles, tokens } from '@fluentui/react-components';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  link: {
    color: tokens.colorBrandForegroundLink,
    textDecorationLine: 'underline',
    borderRadius: tokens.borderRadiusSmall,
    ':hover': { color: tokens.colorBrandForegroundLinkHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
});

interface PageLinkProps {
  to: string;
  /** What the address of that page holds: tenant, filters, the row that is open. */
  search: Record<string, unknown>;
  /** Accessible name where the text alone would not say where it goes. */
  label?: string;
  className?: string;
  /** For grids in which one link at a time is in the tab order. */
  tabIndex?: number;
  /** For a link inside a row that opens on a click too. */
  stopPropagation?: boolean;
  children: ReactNode;
}

/** A link to a page of the app, in the looks of the theme. */
export function PageLink(props: PageLinkProps) {
  const { to, search, label, className, tabIndex, stopPropagation, children } = props;
  const styles = useStyles();
  return (
    <Link
      to={to}
      search={search as never}
      aria-label={label}
      className={className ?? styles.link}
      tabIndex={tabIndex}
      onClick={(event) => stopPropagation === true && event.stopPropagation()}
    >
      {children}
    </Link>
  );
}
