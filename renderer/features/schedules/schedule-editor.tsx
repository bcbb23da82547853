import {
  Button,
  Checkbox,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
  SpinButton,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { type Cadence, cadenceSchema, weekdays } from '../../../shared/model/cadence.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { shownZone } from '../../components/format-time.ts';
import { ProcedureError } from '../../queries/procedure-error.ts';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { PolicyTypePicker } from './policy-type-picker.tsx';
import { cadenceOf, draftOf, type ScheduleDraft } from './schedule-draft.ts';
import { SlotPreview } from './slot-preview.tsx';

const useStyles = makeStyles({
  form: { display: 'grid', gap: tokens.spacingVerticalL, paddingBottom: '2rem' },
  days: { display: 'flex', flexWrap: 'wrap' },
  actions: { display: 'flex', gap: tokens.spacingHorizontalM },
});

const kinds: readonly [Cadence['kind'], string][] = [
  ['everyMinutes', 'Every so many minutes'],
  ['hourly', 'Every so many hours'],
  ['daily', 'Daily'],
  ['weekly', 'On weekdays'],
  ['monthly', 'Monthly'],
  ['cron', 'Advanced (cron)'],
];

const hourSteps = [1, 2, 3, 4, 6, 8, 12] as const;
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
  const initial = draftOf(schedule, tenantId, shownZone('local', null));
  const [draft, setDraft] = useState(initial);
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
    if (schedule === null) create.mutate(fields, done);
    else edit.mutate({ ...fields, scheduleId: schedule.id, expectedVersion: schedule.version }, done);
  }

  return (
    <DetailDrawer
      title={schedule === null ? 'New schedule' : `Edit ${schedule.name}`}
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
        {asking && (
          <MessageBar intent="warning">
            <MessageBarBody>
              The changes are not saved. <Button onClick={onClose}>Discard changes</Button>{' '}
              <Button onClick={() => setAsking(false)}>Keep editing</Button>
            </MessageBarBody>
          </MessageBar>
        )}
        {schedule === null && (
          <Field label="Tenant" required>
            <Select value={draft.tenantId} onChange={(_event, data) => change({ tenantId: data.value })}>
              <option value="">Choose a tenant</option>
              {tenants.data?.rows.map((tenant) => (
                <option key={tenant.id} value={tenant.id}>
                  {tenant.name}
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
            disabled={!parsed.success || draft.tenantId === '' || create.isPending || edit.isPending}
          >
            Save schedule
          </Button>
          <Button onClick={onClose}>Discard changes</Button>
        </div>
      </form>
    </DetailDrawer>
  );
}

interface CadenceFieldsProps {
  draft: ScheduleDraft;
  change: (next: Partial<ScheduleDraft>) => void;
}

function CadenceFields({ draft, change }: CadenceFieldsProps) {
  const styles = useStyles();
  return (
    <>
      {draft.kind === 'everyMinutes' && (
        <Field label="Minutes between two slots">
          <Input
            type="number"
            value={String(draft.minutes)}
            onChange={(_event, data) => change({ minutes: Number(data.value) })}
          />
        </Field>
      )}
      {draft.kind === 'hourly' && (
        <>
          <Field label="Hours between two slots">
            <Select
              value={String(draft.everyHours)}
              onChange={(_event, data) =>
                change({ everyHours: Number(data.value) as ScheduleDraft['everyHours'] })
              }
            >
              {hourSteps.map((step) => (
                <option key={step}>{step}</option>
              ))}
            </Select>
          </Field>
          <Field label="Minute of the hour">
            <Input
              type="number"
              value={String(draft.minute)}
              onChange={(_event, data) => change({ minute: Number(data.value) })}
            />
          </Field>
        </>
      )}
      {draft.kind === 'weekly' && (
        <fieldset className={styles.days}>
          <legend>
            <Text>Weekdays</Text>
          </legend>
          {weekdays.map((day) => (
            <Checkbox
              key={day}
              label={day}
              checked={draft.days.includes(day)}
              onChange={(_event, data) =>
                change({
                  days: data.checked ? [...draft.days, day] : draft.days.filter((each) => each !== day),
                })
              }
            />
          ))}
        </fieldset>
      )}
      {draft.kind === 'monthly' && (
        <Field
          label="Day of the month"
          hint="1 to 31, last, or a weekday such as 2-tue or last-fri. Shorter months use their last day."
        >
          <Input
            value={draft.monthDay}
            onChange={(_event, data) => change({ monthDay: data.value.trim() })}
          />
        </Field>
      )}
      {['daily', 'weekly', 'monthly'].includes(draft.kind) && (
        <Field
          label="Times"
          hint="One or more as HH:MM, separated by commas. Minutes such as :10 avoid the rush at :00."
        >
          <Input value={draft.times} onChange={(_event, data) => change({ times: data.value })} />
        </Field>
      )}
      {draft.kind === 'cron' && (
        <Field
          label="Expression"
          hint="Five fields: minute, hour, day of month, month, weekday. In a clock gap cron runs right after the gap."
        >
          <Input value={draft.expression} onChange={(_event, data) => change({ expression: data.value })} />
        </Field>
      )}
    </>
  );
}
