import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { type KeyboardEvent, useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import { PageLink } from '../../components/page-link.tsx';
import { runStateWord } from '../../components/state-badge.tsx';
import { stateSigns } from '../../components/state-signs.ts';
import { shortText, TenantText } from '../../components/tenant-text.tsx';

type Fleet = OutputOf<Contract['overview.get']>['fleet'];

const useStyles = makeStyles({
  scroll: { overflowX: 'auto' },
  table: { borderCollapse: 'separate', borderSpacing: '2px' },
  tenant: {
    textAlign: 'left',
    fontWeight: 'normal',
    paddingRight: tokens.spacingHorizontalM,
    whiteSpace: 'nowrap',
  },
  day: { fontWeight: 'normal', fontSize: tokens.fontSizeBase100 },
  cell: {
    width: '1.75rem',
    height: '1.5rem',
    textAlign: 'center',
    fontSize: tokens.fontSizeBase200,
    borderRadius: '2px',
  },
  link: {
    display: 'block',
    lineHeight: '1.5rem',
    color: 'inherit',
    textDecorationLine: 'none',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  good: {
    backgroundColor: tokens.colorStatusSuccessBackground2,
    color: tokens.colorStatusSuccessForeground2,
  },
  warn: {
    backgroundColor: tokens.colorStatusWarningBackground2,
    color: tokens.colorStatusWarningForeground2,
  },
  bad: { backgroundColor: tokens.colorStatusDangerBackground2, color: tokens.colorStatusDangerForeground2 },
  missed: {
    backgroundColor: tokens.colorPaletteGrapeBackground2,
    color: tokens.colorPaletteGrapeForeground2,
  },
  none: { backgroundColor: tokens.colorNeutralBackground4, color: tokens.colorNeutralForeground3 },
});

type Look = 'good' | 'warn' | 'bad' | 'missed' | 'none';

/** A colour per worst state of a day; the sign alone is enough to read the map. */
const looks: Readonly<Record<RunState, Look>> = {
  succeeded: 'good',
  partial: 'warn',
  failed: 'bad',
  interrupted: 'bad',
  missed: 'missed',
  skipped: 'none',
  cancelled: 'none',
  queued: 'none',
  running: 'none',
};

/** The address of the runs of a tenant on a UTC day. */
function runsOf(tenantId: string, day: string): Record<string, string> {
  const from = `${day}T00:00:00.000Z`;
  return { tenantId, from, to: new Date(Date.parse(from) + 86_400_000).toISOString() };
}

/**
 * Tenant by day, the worst state of each: a table, so that it is its own screen-reader form. One cell is in the tab
 * order, the arrow keys move, and a cell opens the runs of its day.
 */
export function FleetMap({ fleet }: { fleet: Fleet }) {
  const styles = useStyles();
  const [focused, setFocused] = useState({ row: 0, column: fleet.days.length - 1 });
  const row = Math.min(focused.row, Math.max(0, fleet.tenants.length - 1));
  const move = (event: KeyboardEvent<HTMLTableElement>) => {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = {
      row: Math.min(Math.max(row + step[0], 0), fleet.tenants.length - 1),
      column: Math.min(Math.max(focused.column + step[1], 0), fleet.days.length - 1),
    };
    setFocused(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-cell="${next.row}/${next.column}"] a`)?.focus();
  };
  return (
    <section aria-label="Last fourteen days">
      <Text as="h3" size={500} weight="semibold" block>
        Last fourteen days
      </Text>
      {fleet.tenants.length === 0 && <Text>No tenant is connected yet.</Text>}
      <div className={styles.scroll}>
        <table className={styles.table} onKeyDown={move}>
          <thead>
            <tr>
              <th scope="col" className={styles.tenant}>
                Tenant
              </th>
              {fleet.days.map((day) => (
                <th key={day} scope="col" className={styles.day} title={day}>
                  {day.slice(8)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fleet.tenants.map((tenant, tenantIndex) => (
              <tr key={tenant.tenantId}>
                <th scope="row" className={styles.tenant}>
                  <TenantText text={tenant.tenantName} />
                </th>
                {tenant.worst.map((state, index) => {
                  const day = fleet.days[index] ?? '';
                  const words = `${dayWords(day)}: ${state === null ? 'nothing was due' : runStateWord(state)}`;
                  return (
                    <td
                      key={day}
                      className={mergeClasses(styles.cell, styles[state === null ? 'none' : looks[state]])}
                      data-cell={`${tenantIndex}/${index}`}
                      title={words}
                      onFocus={() => setFocused({ row: tenantIndex, column: index })}
                    >
                      <PageLink
                        to="/runs"
                        search={runsOf(tenant.tenantId, day)}
                        label={`${shortText(tenant.tenantName)}, ${words}`}
                        className={styles.link}
                        tabIndex={tenantIndex === row && index === focused.column ? 0 : -1}
                      >
                        {state === null ? '·' : stateSigns[state]}
                      </PageLink>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const steps: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function dayWords(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' }).format(
    Date.parse(`${day}T00:00:00Z`),
  );
}
