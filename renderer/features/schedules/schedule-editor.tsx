import {
  Button,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
  SpinButton,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { type Cadence, cadenceSchema } from '../../../shared/model/cadence.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { shownZone } from '../../components/format-time.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { UnsavedDialog } from '../../components/unsaved-dialog.tsx';
import { ProcedureError } from '../../queries/procedure-error.ts';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { CadenceFields } from './cadence-fields.tsx';
import { PolicyTypePicker } from './policy-type-picker.tsx';
import { RemoveSchedule } from './remove-schedule.tsx';
import { ScheduleConflict } from './schedule-conflict.tsx';
import { cadenceOf, draftOf, type ScheduleDraft } from './schedule-draft.ts';
import { SlotPreview } from './slot-preview.tsx';

const useStyles = makeStyles({
  form: { display: 'grid', gap: tokens.spacingVerticalL, paddingBottom: '2rem' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

const kinds: readonly [Cadence['kind'], string][] = [
  ['everyMinutes', 'Every so many minutes'],
  ['hourly', 'Every so many hours'],
  ['daily', 'Daily'],
  ['weekly', 'On weekdays'],
  ['monthly', 'Monthly'],
  ['cron', 'Advanced (cron)'],
];

const zoneNames = Intl.supportedValuesOf('timeZone');

interface ScheduleEditorProps {
  /** Null for a new one. */
  schedule: ScheduleRow | null;
  tenantId: string | null;
  onClose: () => void;
}

/** What, when, how long to keep; the next slots stay in sight, computed by the dispatcher's own function. */
export function ScheduleEditor({ schedule, tenantId, onClose }: ScheduleEditorProps) {
  const styles = useStyles();
  const [initial] = useState(() => draftOf(schedule, tenantId, shownZone('local', null)));
  const [draft, setDraft] = useState(initial);
  // The version that the person saw; a newer one is a conflict, never silently overwritten.
  const [opened, setOpened] = useState(schedule);
  const [asking, setAsking] = useState(false);
  const refresh = ['schedules', 'overview', 'tenants'];
  const create = useProcedureMutation('schedules.create', refresh);
  const edit = useProcedureMutation('schedules.edit', refresh);
  const tenants = useProcedure('tenants.list', {});
  const change = (next: Partial<ScheduleDraft>) => setDraft((before) => ({ ...before, ...next }));
  const problem = create.error ?? edit.error;
  const cadence = cadenceOf(draft);
  const parsed = cadenceSchema.safeParse(cadence);
  const unsaved = JSON.stringify(draft) !== JSON.stringify(initial);

  function save(): void {
    const fields = {
      tenantId: draft.tenantId,
      name: draft.name,
      cadence,
      timeZone: draft.timeZone,
      policyTypes: draft.selection === 'list' ? [...draft.typeKeys] : draft.selection,
      retention: { ...schedule?.retention, keepLast: draft.keepLast },
    };
    const done = { onSuccess: onClose };
    if (opened === null) create.mutate(fields, done);
    else edit.mutate({ ...fields, scheduleId: opened.id, expectedVersion: opened.version }, done);
  }

  return (
    <DetailDrawer
      title={schedule === null ? 'New schedule' : `Edit ${shortText(schedule.name)}`}
      open
      onClose={() => (unsaved ? setAsking(true) : onClose())}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {schedule !== null && opened !== null && schedule.version !== opened.version && (
          <ScheduleConflict
            opened={opened}
            current={schedule}
            draft={draft}
            onTake={change}
            onKeep={() => setOpened(schedule)}
          />
        )}
        {asking && <UnsavedDialog onKeep={() => setAsking(false)} onDiscard={onClose} />}
        {schedule === null && (
          <Field label="Tenant" required>
            <Select value={draft.tenantId} onChange={(_event, data) => change({ tenantId: data.value })}>
              <option value="">Choose a tenant</option>
              {tenants.data?.rows.map((tenant) => (
                <option key={tenant.id} value={tenant.id}>
                  {shortText(tenant.name)}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <Field label="Name" required>
          <Input value={draft.name} onChange={(_event, data) => change({ name: data.value })} />
        </Field>
        <PolicyTypePicker
          selection={draft.selection}
          typeKeys={draft.typeKeys}
          onChange={(selection, typeKeys) => change({ selection, typeKeys })}
        />
        <Field
          label="Cadence"
          validationMessage={parsed.success ? undefined : parsed.error.issues[0]?.message}
        >
          <Select
            value={draft.kind}
            onChange={(_event, data) => change({ kind: data.value as Cadence['kind'] })}
          >
            {kinds.map(([kind, words]) => (
              <option key={kind} value={kind}>
                {words}
              </option>
            ))}
          </Select>
        </Field>
        <CadenceFields draft={draft} change={change} />
        <Field
          label="Time zone"
          hint="An IANA zone of the schedule's own, never this computer's. There is no catch-up: a slot that no host can start is recorded as missed."
        >
          <Input
            list="zone-names"
            value={draft.timeZone}
            onChange={(_event, data) => change({ timeZone: data.value })}
          />
        </Field>
        <datalist id="zone-names">
          {zoneNames.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <Field
          label="Keep the last backup sets"
          hint="The newest complete copy of each policy type is never removed."
        >
          <SpinButton
            min={1}
            max={10_000}
            value={draft.keepLast}
            onChange={(_event, data) =>
              change({ keepLast: Math.max(1, Math.round(data.value ?? (Number(data.displayValue) || 1))) })
            }
          />
        </Field>
        {draft.tenantId !== '' && parsed.success && (
          <SlotPreview tenantId={draft.tenantId} cadence={parsed.data} timeZone={draft.timeZone} />
        )}
        {problem && (
          <MessageBar intent="error">
            <MessageBarBody>
              {problem.message} {problem instanceof ProcedureError && problem.answer.nextStep}
            </MessageBarBody>
          </MessageBar>
        )}
        <div className={styles.actions}>
          <Button
            type="submit"
            appearance="primary"
            disabled={
              !parsed.success ||
              draft.tenantId === '' ||
              draft.name.trim() === '' ||
              create.isPending ||
              edit.isPending
            }
          >
            Save schedule
          </Button>
          <Button onClick={() => (unsaved ? setAsking(true) : onClose())}>Close editor</Button>
          {schedule !== null && <RemoveSchedule schedule={schedule} onRemoved={onClose} />}
        </div>
      </form>
    </DetailDrawer>
  );
}
