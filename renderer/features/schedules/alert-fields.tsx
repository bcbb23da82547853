import { Checkbox, Field, Input } from '@fluentui/react-components';
import { usualAlertRule } from '../../../shared/model/run-spec.ts';
import { alertsOf, type ScheduleDraft } from './schedule-draft.ts';

interface AlertFieldsProps {
  draft: ScheduleDraft;
  change: (next: Partial<ScheduleDraft>) => void;
}

/** When this schedule asks for attention. Who is told is a setting of the tenant, not of the schedule. */
export function AlertFields({ draft, change }: AlertFieldsProps) {
  const alerts = alertsOf(draft);
  const problemOf = (field: 'age' | 'failed') =>
    'field' in alerts && alerts.field === field ? alerts.message : undefined;
  return (
    <>
      <Field
        label="Allowed age of the last good set, in hours"
        hint="Empty: twice the longest gap between two slots. Health is judged by it."
        validationMessage={problemOf('age')}
      >
        <Input
          inputMode="decimal"
          value={draft.allowedAgeHours}
          onChange={(_event, data) => change({ allowedAgeHours: data.value })}
        />
      </Field>
      <Field
        label="After so many runs in a row without a backup set"
        hint={`Empty: after ${usualAlertRule.failedTimes}.`}
        validationMessage={problemOf('failed')}
      >
        <Input
          inputMode="numeric"
          value={draft.failedTimes}
          onChange={(_event, data) => change({ failedTimes: data.value })}
        />
      </Field>
      <Checkbox
        label="At the first partial run after a complete one"
        checked={draft.firstPartial}
        onChange={(_event, data) => change({ firstPartial: data.checked === true })}
      />
    </>
  );
}
