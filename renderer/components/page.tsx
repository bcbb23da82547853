import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  page: {
    display: 'flex',
    flexDirection: 'column',
    height: '100%',
    minHeight: 0,
    '@media (max-width: 48rem), (max-height: 26rem)': { height: 'auto' },
  },
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
  },
  title: { flexGrow: 1 },
  content: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    '@media (max-width: 48rem), (max-height: 26rem)': { flexBasis: '70vh', flexGrow: 0, overflow: 'visible' },
  },
});

/** Title, command bar and content of a page; the primary action comes first in `commands`, a footer stays in sight. */
export function Page({
  title,
  commands,
  footer,
  children,
}: {
  title: string;
  commands?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}) {
  const styles = useStyles();
  return (
    <div className={styles.page}>
      <header className={styles.bar}>
        <Text as="h2" size={600} weight="semibold" className={styles.title}>
          {title}
        </Text>
        {commands}
      </header>
      <div className={styles.content}>{children}</div>
      {footer}
    </div>
  );
}
