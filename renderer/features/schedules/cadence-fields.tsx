import { Checkbox, Field, Input, makeStyles, Select, Text } from '@fluentui/react-components';
import { type Cadence, weekdays } from '../../../shared/model/cadence.ts';
import type { ScheduleDraft } from './schedule-draft.ts';

const useStyles = makeStyles({ days: { display: 'flex', flexWrap: 'wrap' } });

const hourSteps = [1, 2, 3, 4, 6, 8, 12] as const;

const kinds: readonly [Cadence['kind'], string][] = [
  ['everyMinutes', 'Every so many minutes'],
  ['hourly', 'Every so many hours'],
  ['daily', 'Daily'],
  ['weekly', 'On weekdays'],
  ['monthly', 'Monthly'],
  ['cron', 'Advanced (cron)'],
];

interface CadenceFieldsProps {
  draft: ScheduleDraft;
  change: (next: Partial<ScheduleDraft>) => void;
  /** What is wrong with the cadence. */
  problem: string | undefined;
}

/** The kind of cadence and the fields that it has. */
export function CadenceFields({ draft, change, problem }: CadenceFieldsProps) {
  const styles = useStyles();
  return (
    <>
      <Field label="Cadence" validationMessage={problem}>
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
