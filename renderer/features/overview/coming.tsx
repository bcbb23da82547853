import { makeStyles, ProgressBar, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { PageLink } from '../../components/page-link.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';

type OverviewAnswer = OutputOf<Contract['overview.get']>;

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: tokens.spacingVerticalS },
  progress: { maxWidth: '20rem' },
});

function Section({ title, empty, children }: { title: string; empty: string | null; children: ReactNode }) {
  const styles = useStyles();
  return (
    <section aria-label={title}>
      <Text as="h3" size={500} weight="semibold" block>
        {title}
      </Text>
      {empty === null ? <ul className={styles.list}>{children}</ul> : <Text>{empty}</Text>}
    </section>
  );
}

/** Runs that wait for a host or are being read, with how far they are. */
export function RunningNow({ rows }: { rows: OverviewAnswer['running'] }) {
  const styles = useStyles();
  return (
    <Section title="Running now" empty={rows.length === 0 ? 'No run is active.' : null}>
      {rows.map((run) => (
        <li key={run.id}>
          <RunStateBadge state={run.state} />{' '}
          <PageLink to="/runs" search={{ run: run.id, runTenant: run.tenantId }}>
            <TenantText text={run.tenantName} /> · <TenantText text={run.scheduleName} />
          </PageLink>{' '}
          {run.progress !== null && `${run.progress.typesDone} of ${run.progress.typesTotal} policy types`}
          {run.progress !== null && run.progress.typesTotal > 0 && (
            <ProgressBar
              className={styles.progress}
              aria-label="Policy types read"
              value={run.progress.typesDone / run.progress.typesTotal}
            />
          )}
        </li>
      ))}
    </Section>
  );
}

/** Slots of the next two hours. */
export function Upcoming({ rows }: { rows: OverviewAnswer['upcoming'] }) {
  return (
    <Section
      title="Next two hours"
      empty={rows.length === 0 ? 'No slot falls due in the next two hours.' : null}
    >
      {rows.map((slot) => (
        <li key={`${slot.scheduleId}-${slot.slotAt}`}>
          <InstantText iso={slot.slotAt} /> · <TenantText text={slot.tenantName} /> ·{' '}
          <PageLink to="/schedules" search={{ schedule: slot.scheduleId }}>
            <TenantText text={slot.scheduleName} />
          </PageLink>
        </li>
      ))}
    </Section>
  );
}

/** Credentials that end within thirty days, soonest first. */
export function EndingCredentials({ rows }: { rows: OverviewAnswer['credentials'] }) {
  return (
    <Section
      title="Credentials ending within 30 days"
      empty={rows.length === 0 ? 'No credential ends within 30 days.' : null}
    >
      {rows.map((row) => (
        <li key={row.tenantId}>
          <InstantText iso={row.expiresAt} /> ·{' '}
          <PageLink to="/tenants" search={{ tenant: row.tenantId }}>
            <TenantText text={row.tenantName} />
          </PageLink>{' '}
          · {row.kind}
        </li>
      ))}
    </Section>
  );
}
