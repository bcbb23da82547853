import { Button, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { ErrorCircle16Filled, Warning16Filled } from '@fluentui/react-icons';
import { useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { PageLink } from '../../components/page-link.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText, RelativeText } from '../../components/time-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { SnoozeDialog } from './snooze-dialog.tsx';

type OverviewAnswer = OutputOf<Contract['overview.get']>;
export type AttentionRow = OverviewAnswer['attention'][number];

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: tokens.spacingVerticalS },
  row: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalM,
    rowGap: tokens.spacingVerticalXS,
    paddingLeft: tokens.spacingHorizontalM,
  },
  words: { flexGrow: 1, flexBasis: '20rem' },
  critical: { borderLeft: `4px solid ${tokens.colorStatusDangerBorder2}` },
  warning: { borderLeft: `4px solid ${tokens.colorStatusWarningBorder2}` },
  sign: { verticalAlign: 'text-bottom', marginRight: tokens.spacingHorizontalXS },
  red: { color: tokens.colorStatusDangerForeground3 },
  amber: { color: tokens.colorStatusWarningForeground1 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** What needs somebody, worst first; a sentence that leads to the run, and one thing to do about it. */
export function Attention({
  rows,
  snoozed,
}: {
  rows: readonly AttentionRow[];
  snoozed: OverviewAnswer['snoozed'];
}) {
  const styles = useStyles();
  const [snoozing, setSnoozing] = useState<AttentionRow | null>(null);
  const [showSnoozed, setShowSnoozed] = useState(false);
  return (
    <section aria-label="Needs attention">
      <Text as="h3" size={500} weight="semibold" block>
        Needs attention
      </Text>
      {rows.length === 0 && <Text>Nothing needs attention.</Text>}
      <ul className={styles.list}>
        {rows.map((row) => (
          <li key={`${row.tenantId}-${row.code}`} className={mergeClasses(styles.row, styles[row.severity])}>
            <RowWords row={row} />
            <RowAction row={row} />
            {row.tenantId !== null && (
              <PermittedButton
                size="small"
                permission="attention.snooze"
                tenantId={row.tenantId}
                label={`Snooze ${row.code} of ${shortText(row.tenantName ?? '')}`}
                onClick={() => setSnoozing(row)}
              >
                Snooze
              </PermittedButton>
            )}
          </li>
        ))}
      </ul>
      {snoozed.length > 0 && (
        <Button
          size="small"
          appearance="transparent"
          aria-expanded={showSnoozed}
          onClick={() => setShowSnoozed(!showSnoozed)}
        >
          {snoozed.length === 1 ? '1 snoozed' : `${snoozed.length} snoozed`}
        </Button>
      )}
      {showSnoozed && (
        <ul className={styles.list} aria-label="Snoozed">
          {snoozed.map((row) => (
            <SnoozedRow key={`${row.tenantId}-${row.code}`} row={row} />
          ))}
        </ul>
      )}
      {snoozing?.tenantId != null && (
        <SnoozeDialog
          tenantId={snoozing.tenantId}
          code={snoozing.code}
          what={`${shortText(snoozing.tenantName ?? '')}: ${snoozing.sentence}`}
          onClose={() => setSnoozing(null)}
        />
      )}
    </section>
  );
}

function RowWords({ row }: { row: AttentionRow }) {
  const styles = useStyles();
  const critical = row.severity === 'critical';
  const Sign = critical ? ErrorCircle16Filled : Warning16Filled;
  return (
    <span className={styles.words}>
      <Sign
        className={mergeClasses(styles.sign, critical ? styles.red : styles.amber)}
        aria-label={critical ? 'Critical' : 'Warning'}
      />
      {row.tenantName !== null && (
        <Text weight="semibold">
          <TenantText text={row.tenantName} />:{' '}
        </Text>
      )}
      {row.sentence}{' '}
      <span className={styles.quiet}>
        {row.count > 1 && `${row.count} runs`}
        {row.count > 1 && row.since !== null && ', '}
        {row.since !== null && (
          <>
            since <RelativeText iso={row.since} />
          </>
        )}
      </span>
    </span>
  );
}

const actionWords = {
  reconnect: 'Reconnect tenant',
  open_run: 'Open run',
  grant_permission: 'Grant permission',
  start_host: 'Start a host',
} as const satisfies Record<AttentionRow['action'], string>;

function RowAction({ row }: { row: AttentionRow }) {
  const run = row.runId !== null && row.tenantId !== null && (
    <PageLink
      to="/runs"
      search={{ run: row.runId, runTenant: row.tenantId }}
      label={`Open run of ${shortText(row.tenantName ?? '')}`}
    >
      Open run
    </PageLink>
  );
  if (row.action === 'open_run') return run;
  const toSettings = row.action === 'start_host';
  return (
    <>
      {run}
      <PageLink
        to={toSettings ? '/settings' : '/tenants'}
        search={toSettings ? {} : { tenant: row.tenantId }}
        label={`${actionWords[row.action]}${row.tenantName === null ? '' : ` of ${shortText(row.tenantName)}`}`}
      >
        {actionWords[row.action]}
      </PageLink>
    </>
  );
}

function SnoozedRow({ row }: { row: OverviewAnswer['snoozed'][number] }) {
  const styles = useStyles();
  const end = useProcedureMutation('attention.end-snooze', ['overview']);
  const { tenantId } = row;
  return (
    <li className={styles.row}>
      <span className={styles.words}>
        <TenantText text={row.tenantName ?? ''} />: {row.sentence} Snoozed by {row.by} until{' '}
        <InstantText iso={row.until} />: <TenantText text={row.reason} />
      </span>
      {tenantId !== null && (
        <PermittedButton
          size="small"
          permission="attention.snooze"
          tenantId={tenantId}
          disabled={end.isPending}
          onClick={() => end.mutate({ tenantId, code: row.code })}
        >
          End snooze
        </PermittedButton>
      )}
    </li>
  );
}
