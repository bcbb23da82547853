import {
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Cadence, LocalTime } from '../../../shared/model/cadence.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useDebounced } from '../../components/use-debounced.ts';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { QuestionDialog } from './question-dialog.tsx';
import { ZoneField } from '../../components/zone-field.tsx';

const useStyles = makeStyles({
  window: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  moves: { maxHeight: '18rem', overflowY: 'auto' },
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    '& th, & td': { textAlign: 'left', padding: '4px 8px' },
  },
  stale: { opacity: 0.5 },
});

interface SpreadDialogProps {
  tenantId: string;
  /** The schedule in the editor, as it stands there; null on the page. */
  draft: { scheduleId: string | null; cadence: Cadence; timeZone: string } | null;
  /** The time that is proposed for the schedule in the editor: it goes into its fields, not into the database. */
  onDraftMoved?: (time: string) => void;
  onClose: () => void;
}

const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

/** Proposes other minutes for schedules that start together; nothing is saved before it is seen and accepted. */
export function SpreadDialog({ tenantId, draft, onDraftMoved, onClose }: SpreadDialogProps) {
  const styles = useStyles();
  const listed = useProcedure('schedules.list', { tenantId }, { enabled: draft === null });
  const startHour = (draft !== null && 'times' in draft.cadence ? draft.cadence.times[0] : '02:00')?.slice(
    0,
    2,
  );
  const [from, setFrom] = useState(`${startHour}:00`);
  const [to, setTo] = useState(`${String(Math.min(23, Number(startHour) + 1)).padStart(2, '0')}:59`);
  const [chosenZone, setZone] = useState<string | null>(draft?.timeZone ?? null);
  const zone = chosenZone ?? listed.data?.rows[0]?.timeZone ?? 'UTC';
  const asked = useDebounced(JSON.stringify({ from, to, zone }), 150);
  const settled = JSON.parse(asked) as { from: string; to: string; zone: string };
  const plan = useProcedure(
    'schedules.spread-plan',
    {
      tenantId,
      timeZone: settled.zone,
      from: settled.from as LocalTime,
      to: settled.to as LocalTime,
      draft,
    },
    { enabled: isTime(settled.from) && isTime(settled.to) },
  );
  const spread = useProcedureMutation('schedules.spread', ['schedules', 'overview', 'tenants']);
  const moves = plan.data?.moves ?? [];
  const own = moves.find((move) => move.scheduleId === null || move.scheduleId === draft?.scheduleId);
  const others = moves.filter((move) => move !== own);
  const problem = spread.error ?? plan.error;

  function accepted(): void {
    if (own !== undefined) onDraftMoved?.(own.after);
    onClose();
  }

  function accept(): void {
    if (others.length === 0) accepted();
    else {
      const changes = others.map(({ scheduleId, expectedVersion, cadence }) => ({
        scheduleId: scheduleId!,
        expectedVersion,
        cadence,
      }));
      spread.mutate({ tenantId, changes }, { onSuccess: accepted });
    }
  }

  return (
    <QuestionDialog
      title="Spread schedules of this tenant"
      confirm={moves.length === 1 ? 'Move 1 schedule' : `Move ${moves.length} schedules`}
      disabled={moves.length === 0 || spread.isPending || plan.isPlaceholderData || plan.isError}
      onClose={onClose}
      onConfirm={accept}
    >
      <div className={styles.window}>
        <Field label="Earliest" validationMessage={isTime(from) ? undefined : 'A time as HH:MM.'}>
          <Input value={from} onChange={(_event, data) => setFrom(data.value)} />
        </Field>
        <Field label="Latest" validationMessage={isTime(to) ? undefined : 'A time as HH:MM.'}>
          <Input value={to} onChange={(_event, data) => setTo(data.value)} />
        </Field>
        <ZoneField zone={zone} onChange={setZone} />
      </div>
      {problem && (
        <MessageBar intent="error">
          <MessageBarBody>{problem.message}</MessageBarBody>
        </MessageBar>
      )}
      {plan.data && moves.length === 0 && (
        <Text block>No schedule of this zone and window would start at another minute.</Text>
      )}
      {moves.length > 0 && (
        <div className={styles.moves} tabIndex={0} role="region" aria-label="Proposed minutes">
          <table className={`${styles.table} ${plan.isPlaceholderData ? styles.stale : ''}`}>
            <thead>
              <tr>
                <th scope="col">Schedule</th>
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {moves.map((move) => (
                <tr key={move.scheduleId ?? 'draft'}>
                  <td>
                    {move === own ? 'The schedule in the editor' : shortText(move.name)}
                    {move.overlapsOwnTenant && ' (still meets a run of this tenant)'}
                  </td>
                  <td>{move.before}</td>
                  <td>{move.after}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {plan.data && (
        <Text block>
          {plan.data.staying} of the tenant's schedules stay as they are. All moves are saved together or not
          at all{own !== undefined && '; the schedule in the editor is saved with the editor'}.
        </Text>
      )}
    </QuestionDialog>
  );
}
