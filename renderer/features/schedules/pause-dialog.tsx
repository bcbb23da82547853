import { Field, Input, Radio, RadioGroup } from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { shownZone } from '../../components/format-time.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useNow } from '../../components/use-now.ts';
import { QuestionDialog } from './question-dialog.tsx';
import type { BulkChange } from './use-bulk-change.ts';

interface PauseDialogProps {
  rows: readonly ScheduleRow[];
  bulk: BulkChange;
  onClose: () => void;
}

/** Pausing is disabling with a reason: the next person asks why nothing ran. It may end by itself. */
export function PauseDialog({ rows, bulk, onClose }: PauseDialogProps) {
  const [reason, setReason] = useState('');
  const [ending, setEnding] = useState<'never' | 'at'>('never');
  const [end, setEnd] = useState('');
  const nowMs = useNow();
  const endMs = ending === 'at' ? new Date(end).getTime() : null;
  const past = endMs !== null && endMs <= nowMs;
  const what = rows.length === 1 ? shortText(rows[0]!.name) : `${rows.length} schedules`;
  return (
    <QuestionDialog
      title={`Pause ${what}`}
      confirm={rows.length === 1 ? 'Pause schedule' : `Pause ${rows.length} schedules`}
      cancel="Keep running"
      disabled={reason.trim().length < 3 || (ending === 'at' && (Number.isNaN(endMs) || past))}
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void bulk.pause(rows, reason.trim(), endMs === null ? null : new Date(endMs).toISOString());
      }}
    >
      <Field
        label="Reason"
        required
        hint="Slots that fall into the pause are neither run nor recorded as missed."
      >
        <Input value={reason} onChange={(_event, data) => setReason(data.value)} />
      </Field>
      <Field label="The pause ends">
        <RadioGroup value={ending} onChange={(_event, data) => setEnding(data.value as 'never' | 'at')}>
          <Radio value="never" label="When somebody resumes it" />
          <Radio value="at" label="By itself, at a date" />
        </RadioGroup>
      </Field>
      {ending === 'at' && (
        <Field
          label={`End of the pause (${shownZone('local', null)})`}
          required
          validationMessage={past ? 'The end lies in the past.' : undefined}
          hint="A host resumes the schedule then; slots from there on count again."
        >
          <Input type="datetime-local" value={end} onChange={(_event, data) => setEnd(data.value)} />
        </Field>
      )}
    </QuestionDialog>
  );
}
