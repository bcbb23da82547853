import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import type { TypeOutcome } from '../../../shared/model/run-states.ts';
import { formatInstant, shownZone } from '../../components/format-time.ts';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { RunStateIcon } from '../../components/state-badge.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { usePreferences } from '../../state/preferences.ts';

type Cell = OutputOf<Contract['runs.matrix']>['types'][number]['outcomes'][number];

const useStyles = makeStyles({
  scroll: { overflow: 'auto', padding: tokens.spacingHorizontalL },
  table: { borderCollapse: 'separate', borderSpacing: '2px' },
  name: {
    textAlign: 'left',
    fontWeight: 'normal',
    paddingRight: tokens.spacingHorizontalM,
    whiteSpace: 'nowrap',
  },
  cell: { width: '1.75rem', height: '1.5rem', textAlign: 'center', borderRadius: '2px' },
  complete: {
    backgroundColor: tokens.colorStatusSuccessBackground2,
    color: tokens.colorStatusSuccessForeground2,
  },
  trouble: {
    backgroundColor: tokens.colorStatusWarningBackground2,
    color: tokens.colorStatusWarningForeground2,
  },
  none: { backgroundColor: tokens.colorNeutralBackground4, color: tokens.colorNeutralForeground2 },
});

/** Sign and word of each outcome; the sign alone is enough to read the matrix. */
const looks: Readonly<
  Record<TypeOutcome, readonly [look: 'complete' | 'trouble' | 'none', sign: string, word: string]>
> = {
  complete: ['complete', '✓', 'Complete'],
  incomplete: ['trouble', '◐', 'Incomplete'],
  unknown_type: ['trouble', '?', 'Not known to this version'],
  not_available: ['none', '–', 'Not available in this tenant'],
  not_attempted: ['none', '·', 'Not attempted'],
};

/** Policy type by run: which type fails, and since when. A column's head opens its run. */
export function RunMatrix({ tenantId, scheduleId }: { tenantId: string; scheduleId: string }) {
  const styles = useStyles();
  const zone = usePreferences((state) => shownZone(state.zone, null));
  const matrix = useProcedure('runs.matrix', { tenantId, scheduleId });
  if (matrix.isError) return <LoadFailure error={matrix.error} retry={() => void matrix.refetch()} />;
  if (!matrix.data) return <LoadingRows label="The outcomes are being read" />;
  const { runs, types } = matrix.data;
  if (runs.length === 0) {
    return <PageState title="No outcomes yet">This schedule has not read anything so far.</PageState>;
  }
  return (
    <div className={styles.scroll} role="region" aria-label="Outcomes by policy type" tabIndex={0}>
      <Text block>The last {runs.length} runs, oldest at the left; policy types with trouble first.</Text>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col" className={styles.name}>
              Policy type
            </th>
            {runs.map((run) => (
              <th key={run.id} scope="col">
                <PageLink
                  to="/runs"
                  search={{ run: run.id, runTenant: tenantId }}
                  label={`Run of ${formatInstant(run.at, zone)}, ${run.state}`}
                >
                  <RunStateIcon state={run.state} />
                </PageLink>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {types.map((type) => (
            <tr key={type.typeKey}>
              <th scope="row" className={styles.name}>
                {type.displayName}
              </th>
              {type.outcomes.map((cell, index) => (
                <MatrixCell key={runs[index]!.id} cell={cell} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MatrixCell({ cell }: { cell: Cell }) {
  const styles = useStyles();
  if (cell === null) return <td className={mergeClasses(styles.cell, styles.none)} title="Not asked for" />;
  const [look, sign, word] = looks[cell.outcome];
  const words = cell.sentence === null ? word : `${word}. ${cell.sentence}`;
  return (
    <td className={mergeClasses(styles.cell, styles[look])} title={words}>
      {sign}
    </td>
  );
}
