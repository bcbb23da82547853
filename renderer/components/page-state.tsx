import { Button, makeStyles, Skeleton, SkeletonItem, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { ProcedureError } from '../queries/procedure-error.ts';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: tokens.spacingVerticalM,
    padding: tokens.spacingHorizontalXXL,
    maxWidth: '40rem',
  },
  rows: { display: 'grid', gap: tokens.spacingVerticalS, padding: tokens.spacingHorizontalL },
});

interface PageStateProps {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** The four kinds of empty share one look and never one text: nothing yet, nothing matches, not permitted, cannot load. */
export function PageState({ title, children, action }: PageStateProps) {
  const styles = useStyles();
  return (
    <section className={styles.box} aria-label={title}>
      <Text as="h2" size={500} weight="semibold">
        {title}
      </Text>
      <Text>{children}</Text>
      {action}
    </section>
  );
}

/** Rows of grey in place of a list that is being read. */
export function LoadingRows({ label }: { label: string }) {
  const styles = useStyles();
  return (
    <Skeleton aria-label={label} className={styles.rows}>
      {Array.from({ length: 8 }, (_, row) => (
        <SkeletonItem key={row} size={24} />
      ))}
    </Skeleton>
  );
}

/** Why something could not be shown, and the way on: the role that is missing, or another try. */
export function LoadFailure({ error, retry }: { error: Error; retry: () => void }) {
  if (error instanceof ProcedureError && error.answer.code === 'forbidden') {
    return <PageState title="Not permitted">{error.answer.message}</PageState>;
  }
  const nextStep = error instanceof ProcedureError ? error.answer.nextStep : null;
  return (
    <PageState title="Cannot load" action={<Button onClick={retry}>Retry</Button>}>
      {error.message} {nextStep}
    </PageState>
  );
}
