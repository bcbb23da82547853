import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { CheckmarkCircle20Regular, Circle20Regular } from '@fluentui/react-icons';
import { Navigate } from '@tanstack/react-router';
import { PageLink } from '../../components/page-link.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalL,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow2,
  },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  done: { color: tokens.colorStatusSuccessForeground1 },
});

/**
 * The way to the first good backup set: the wizard in an empty workspace, then three lines that go away by themselves
 * with that set.
 */
export function SetupChecklist() {
  const styles = useStyles();
  const state = useProcedure('setup.state', {});
  if (state.data === undefined) return null;
  if (state.data.needed) return <Navigate to="/setup" replace />;
  const { checklist } = state.data;
  if (checklist === null) return null;
  const steps = [
    {
      words: 'Tenant connected',
      done: checklist.tenantConnected,
      to: '/tenants',
      search: { connect: 'new' },
      link: 'Connect a tenant',
    },
    {
      words: 'Schedule on',
      done: checklist.scheduleOn,
      to: '/schedules',
      search: { schedule: 'new' },
      link: 'Make a schedule',
    },
    {
      words: 'First good backup set',
      done: false,
      to: '/schedules',
      search: {},
      link: 'Run a schedule now',
    },
  ];
  return (
    <section className={styles.box} aria-label="First steps">
      <Text as="h3" weight="semibold">
        First steps
      </Text>
      <ol className={styles.list}>
        {steps.map((step) => (
          <li key={step.words} className={styles.item}>
            {step.done ? (
              <CheckmarkCircle20Regular className={styles.done} aria-label="Done" role="img" />
            ) : (
              <Circle20Regular aria-label="To do" role="img" />
            )}
            {step.words}
            {!step.done && (
              <PageLink to={step.to} search={step.search as Record<string, string>}>
                {step.link}
              </PageLink>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
