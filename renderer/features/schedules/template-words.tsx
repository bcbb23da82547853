import { Badge, Tooltip } from '@fluentui/react-components';
import type { StandingRow } from '../../../shared/contract/schedule-templates.ts';
import type {
  TemplatedPart,
  TemplateStandingState,
  TemplateStep,
} from '../../../shared/model/template-standings.ts';
import { shortText } from '../../components/tenant-text.tsx';

/** The words of templates, the same in list, preview and drift. */

export const partNames: Readonly<Record<TemplatedPart, string>> = {
  name: 'Name',
  cadence: 'Cadence',
  timeZone: 'Time zone',
  policyTypes: 'Policy types',
  retention: 'Retention',
  alerts: 'Alerts',
};

const standings: Readonly<
  Record<
    TemplateStandingState,
    { word: string; meaning: string; color: 'success' | 'warning' | 'informative' }
  >
> = {
  in_step: {
    word: 'As the template',
    meaning: 'The schedule says what the template says.',
    color: 'success',
  },
  drifted: {
    word: 'Differs',
    meaning: 'The schedule or the template was changed since it was applied.',
    color: 'warning',
  },
  missing: {
    word: 'Missing',
    meaning: 'The tenant has a tag of the template and no schedule of it.',
    color: 'warning',
  },
  name_taken: {
    word: 'Name taken',
    meaning: 'Another schedule of the tenant has the name of the template.',
    color: 'warning',
  },
  not_covered: {
    word: 'No longer covered',
    meaning: 'The tenant no longer has a tag of the template.',
    color: 'informative',
  },
  disconnected: {
    word: 'Disconnected',
    meaning: 'Nothing is scheduled for a disconnected tenant.',
    color: 'informative',
  },
  not_visible: {
    word: 'Not visible',
    meaning: 'Schedules of a tenant are visible to its members.',
    color: 'informative',
  },
};

export const standingWord = (state: TemplateStandingState): string => standings[state].word;

export function StandingBadge({ state }: { state: TemplateStandingState }) {
  const { word, meaning, color } = standings[state];
  return (
    <Tooltip content={meaning} relationship="description">
      <Badge color={color} appearance="tint">
        {word}
      </Badge>
    </Tooltip>
  );
}

export const stepWords: Readonly<Record<TemplateStep, string>> = {
  create: 'New schedule',
  change: 'Change',
  take_over: 'Take over',
  none: 'Unchanged',
  left_out: 'Left out',
};

/** "Cadence: Every day at 03:00, template: Every day at 02:10". */
export function differenceWords({ differences }: Pick<StandingRow, 'differences'>): string {
  return differences
    .map(
      ({ part, template, own }) => `${partNames[part]}: ${shortText(own)}, template: ${shortText(template)}`,
    )
    .join('; ');
}

export const canApply = ({ step }: StandingRow): boolean =>
  step === 'create' || step === 'change' || step === 'take_over';
