import { Field, makeStyles, mergeClasses, Select, Text, tokens } from '@fluentui/react-components';
import { type KeyboardEvent, useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { formatInstant, shownZone } from '../../components/format-time.ts';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { RunStateIcon, runStateWord } from '../../components/state-badge.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { usePreferences } from '../../state/preferences.ts';
import { MatrixCellDetail } from './matrix-cell-detail.tsx';
import { outcomeLooks } from './outcome-looks.ts';
import type { RunsSearch } from './runs-search.ts';

type Matrix = OutputOf<Contract['runs.matrix']>;

const useStyles = makeStyles({
  choice: { paddingInline: tokens.spacingHorizontalL, maxWidth: '28rem' },
  scroll: { overflow: 'auto', padding: tokens.spacingHorizontalL },
  table: { borderCollapse: 'separate', borderSpacing: '2px' },
  name: {
    textAlign: 'left',
    fontWeight: 'normal',
    paddingRight: tokens.spacingHorizontalM,
    whiteSpace: 'nowrap',
  },
  cell: { padding: 0, borderRadius: '2px' },
  button: {
    width: '1.75rem',
    height: '1.5rem',
    padding: 0,
    border: 'none',
    color: 'inherit',
    backgroundColor: 'transparent',
    font: 'inherit',
    cursor: 'pointer',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
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

/** The matrix of the schedule that the filter names; without one, which schedules there are. */
export function ScheduleMatrix({
  search,
  onChange,
}: {
  search: RunsSearch;
  onChange: (next: Partial<RunsSearch>) => void;
}) {
  const styles = useStyles();
  const schedules = useProcedure('schedules.list', { tenantId: search.tenantId ?? null });
  if (schedules.isError)
    return <LoadFailure error={schedules.error} retry={() => void schedules.refetch()} />;
  if (!schedules.data) return <LoadingRows label="Schedules are being read" />;
  const { rows } = schedules.data;
  const chosen = rows.find((row) => row.id === search.runSchedule);
  if (rows.length === 0) {
    return <PageState title="No schedules yet">The outcomes of a schedule appear here.</PageState>;
  }
  return (
    <>
      <Field
        label="Schedule"
        className={styles.choice}
        hint={
          chosen === undefined
            ? 'Its newest runs appear here, policy type by policy type: what was complete, and what fails since when.'
            : undefined
        }
      >
        <Select
          value={chosen?.id ?? ''}
          onChange={(_event, data) => onChange({ runSchedule: data.value || undefined })}
        >
          <option value="">Choose a schedule</option>
          {rows.map((row) => (
            <option key={row.id} value={row.id}>
              {shortText(row.tenantName)}: {shortText(row.name)}
            </option>
          ))}
        </Select>
      </Field>
      {chosen !== undefined && <RunMatrix tenantId={chosen.tenantId} scheduleId={chosen.id} />}
    </>
  );
}

/** Policy type by run: which type fails, and since when. A column's head opens its run, a cell its outcome. */
function RunMatrix({ tenantId, scheduleId }: { tenantId: string; scheduleId: string }) {
  const styles = useStyles();
  const zone = usePreferences((state) => shownZone(state.zone, null));
  const matrix = useProcedure('runs.matrix', { tenantId, scheduleId });
  const [opened, setOpened] = useState<{ runId: string; typeKey: string } | null>(null);
  const [focused, setFocused] = useState({ row: 0, column: -1 });
  if (matrix.isError) return <LoadFailure error={matrix.error} retry={() => void matrix.refetch()} />;
  if (!matrix.data) return <LoadingRows label="The outcomes are being read" />;
  const { runs, types } = matrix.data;
  if (runs.length === 0) {
    return <PageState title="No outcomes yet">This schedule has not read anything so far.</PageState>;
  }
  const column = focused.column < 0 ? runs.length - 1 : Math.min(focused.column, runs.length - 1);
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[event.key];
    if (step === undefined || (event.target as Element).closest('td') === null) return;
    event.preventDefault();
    const row = Math.min(Math.max(focused.row + step[0], 0), types.length - 1);
    const next = Math.min(Math.max(column + step[1], 0), runs.length - 1);
    setFocused({ row, column: next });
    event.currentTarget.querySelector<HTMLElement>(`[data-cell="${row}/${next}"]`)?.focus();
  };
  return (
    <div className={styles.scroll} role="region" aria-label="Outcomes by policy type" tabIndex={0}>
      <Text block>
        {runs.length === 1 ? 'The only run so far' : `The last ${runs.length} runs, oldest at the left`};
        policy types with trouble first. Arrow keys move between cells, Enter opens one.
      </Text>
      {opened !== null && (
        <MatrixCellDetail tenantId={tenantId} {...opened} onClose={() => setOpened(null)} />
      )}
      <table className={styles.table} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <th scope="col" className={styles.name}>
              Policy type
            </th>
            {runs.map((run) => (
              <th key={run.id} scope="col">
                <PageLink
                  to="/runs"
                  search={{ view: 'matrix', runSchedule: scheduleId, run: run.id, runTenant: tenantId }}
                  label={`Run of ${formatInstant(run.at, zone)}, ${runStateWord(run.state)}`}
                >
                  <RunStateIcon state={run.state} />
                </PageLink>
              </th>
            ))}
            <th scope="col" className={styles.name}>
              Fails since
            </th>
          </tr>
        </thead>
        <tbody>
          {types.map((type, row) => (
            <tr key={type.typeKey}>
              <th scope="row" className={styles.name}>
                {type.displayName}
              </th>
              {runs.map((run, index) => (
                <MatrixCell
                  key={run.id}
                  outcome={type.outcomes[index] ?? null}
                  place={`${row}/${index}`}
                  tabbable={row === focused.row && index === column}
                  onOpen={() => {
                    setFocused({ row, column: index });
                    setOpened({ runId: run.id, typeKey: type.typeKey });
                  }}
                />
              ))}
              <td className={styles.name}>
                {type.troubledSince === null ? '' : formatInstant(type.troubledSince, zone)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MatrixCell({
  outcome,
  place,
  tabbable,
  onOpen,
}: {
  outcome: Matrix['types'][number]['outcomes'][number];
  place: string;
  tabbable: boolean;
  onOpen: () => void;
}) {
  const styles = useStyles();
  if (outcome === null) {
    return (
      <td className={mergeClasses(styles.cell, styles.none)}>
        <span
          data-cell={place}
          tabIndex={tabbable ? 0 : -1}
          role="img"
          aria-label="Not asked for"
          title="Not asked for"
        />
      </td>
    );
  }
  const { look, sign, word } = outcomeLooks[outcome];
  return (
    <td className={mergeClasses(styles.cell, styles[look])}>
      <button
        type="button"
        data-cell={place}
        tabIndex={tabbable ? 0 : -1}
        className={styles.button}
        aria-label={word}
        title={word}
        onClick={onOpen}
      >
        {sign}
      </button>
    </td>
  );
}
