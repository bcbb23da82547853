import { Button, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { draftOf, type ScheduleDraft } from './schedule-draft.ts';

type Part = 'name' | 'cadence' | 'timeZone' | 'types' | 'keepLast';

const partNames: Readonly<Record<Part, string>> = {
  name: 'Name',
  cadence: 'Cadence',
  timeZone: 'Time zone',
  types: 'Policy types',
  keepLast: 'Retention',
};

const cadenceFields = [
  'kind',
  'minutes',
  'anchorUtc',
  'everyHours',
  'minute',
  'times',
  'days',
  'monthDay',
  'expression',
] as const satisfies readonly (keyof ScheduleDraft)[];

const fieldsOfPart: Readonly<Record<Part, readonly (keyof ScheduleDraft)[]>> = {
  name: ['name'],
  cadence: cadenceFields,
  timeZone: ['timeZone'],
  types: ['selection', 'typeKeys'],
  keepLast: ['keepLast'],
};

/** The fields of one part of a draft. */
export function partOf(draft: ScheduleDraft, part: Part): Partial<ScheduleDraft> {
  return Object.fromEntries(fieldsOfPart[part].map((field) => [field, draft[field]]));
}

/** Which parts differ between two drafts. */
export function changedParts(before: ScheduleDraft, after: ScheduleDraft): Part[] {
  return (Object.keys(fieldsOfPart) as Part[]).filter(
    (part) => JSON.stringify(partOf(before, part)) !== JSON.stringify(partOf(after, part)),
  );
}

interface ScheduleConflictProps {
  /** The schedule as the editor opened it, and as it is now. */
  opened: ScheduleRow;
  current: ScheduleRow;
  draft: ScheduleDraft;
  onTake: (fields: Partial<ScheduleDraft>) => void;
  /** All parts are decided: what is saved from here on is based on the present version. */
  onKeep: () => void;
}

/** Somebody saved this schedule while it was being edited: says what they changed, and lets each part be chosen. */
export function ScheduleConflict({ opened, current, draft, onTake, onKeep }: ScheduleConflictProps) {
  const theirs = draftOf(current, current.tenantId, current.timeZone);
  const parts = changedParts(draftOf(opened, opened.tenantId, opened.timeZone), theirs).filter((part) =>
    changedParts(draft, theirs).includes(part),
  );
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>Somebody changed this schedule meanwhile.</MessageBarTitle>
        Now it runs {current.cadenceWords} and keeps the last {current.retention.keepLast}. What is typed here
        is not lost.{' '}
        {parts.map((part) => (
          <Button key={part} size="small" onClick={() => onTake(partOf(theirs, part))}>
            Take theirs: {partNames[part]}
          </Button>
        ))}{' '}
        <Button size="small" onClick={onKeep}>
          Keep mine
        </Button>
      </MessageBarBody>
    </MessageBar>
  );
}
