import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import { TenantText } from '../../components/tenant-text.tsx';

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

/** A sign and a colour per worst state of a day; the sign alone is enough to read the map. */
const looks: Readonly<Record<RunState, readonly [look: Look, sign: string]>> = {
  succeeded: ['good', '✓'],
  partial: ['warn', '◐'],
  failed: ['bad', '✕'],
  interrupted: ['bad', '↯'],
  missed: ['missed', '▨'],
  skipped: ['none', '○'],
  cancelled: ['none', '■'],
  queued: ['none', '…'],
  running: ['none', '▸'],
};

/** Tenant by day, the worst state of each: a table, so that it is its own screen-reader form. */
export function FleetMap({ fleet }: { fleet: Fleet }) {
  const styles = useStyles();
  return (
    <section aria-label="Last fourteen days">
      <Text as="h3" size={500} weight="semibold" block>
        Last fourteen days
      </Text>
      <div className={styles.scroll}>
        <table className={styles.table}>
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
            {fleet.tenants.map((tenant) => (
              <tr key={tenant.tenantId}>
                <th scope="row" className={styles.tenant}>
                  <TenantText text={tenant.tenantName} />
                </th>
                {tenant.worst.map((state, index) => {
                  const [look, sign] = state === null ? (['none', '·'] as const) : looks[state];
                  const day = fleet.days[index] ?? '';
                  return (
                    <td
                      key={day}
                      className={mergeClasses(styles.cell, styles[look])}
                      title={`${day}: ${state ?? 'nothing was due'}`}
                    >
                      {sign}
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
