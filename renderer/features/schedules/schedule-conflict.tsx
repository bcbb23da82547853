import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { usualAlertRule } from '../../../shared/model/run-spec.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { retentionWords } from './retention-fields.tsx';
import { draftOf, type ScheduleDraft } from './schedule-draft.ts';

type Part = 'name' | 'cadence' | 'timeZone' | 'types' | 'retention' | 'alerts';

const partNames: Readonly<Record<Part, string>> = {
  name: 'Name',
  cadence: 'Cadence',
  timeZone: 'Time zone',
  types: 'Policy types',
  retention: 'Retention',
  alerts: 'Alerts',
};

const fieldsOfPart: Readonly<Record<Part, readonly (keyof ScheduleDraft)[]>> = {
  name: ['name'],
  cadence: [
    'kind',
    'minutes',
    'anchorUtc',
    'everyHours',
    'minute',
    'times',
    'days',
    'monthDay',
    'expression',
  ],
  timeZone: ['timeZone'],
  types: ['selection', 'typeKeys'],
  retention: ['retention'],
  alerts: ['allowedAgeHours', 'failedTimes', 'firstPartial'],
};

/** The fields of one part of a draft. */
function partOf(draft: ScheduleDraft, part: Part): Partial<ScheduleDraft> {
  return Object.fromEntries(fieldsOfPart[part].map((field) => [field, draft[field]]));
}

/** Which parts differ between two drafts. */
function changedParts(before: ScheduleDraft, after: ScheduleDraft): Part[] {
  return (Object.keys(fieldsOfPart) as Part[]).filter(
    (part) => JSON.stringify(partOf(before, part)) !== JSON.stringify(partOf(after, part)),
  );
}

/** What a part says, in the words of the editor. */
function partWords(draft: ScheduleDraft, part: Part): string {
  switch (part) {
    case 'name':
      return draft.name;
    case 'timeZone':
      return draft.timeZone ?? '';
    case 'types':
      return draft.selection === 'list' ? `${draft.typeKeys.length} chosen types` : draft.selection;
    case 'retention':
      return `keeps ${retentionWords(draft.retention)}`;
    case 'alerts':
      return [
        draft.allowedAgeHours === '' ? 'age by the cadence' : `age ${draft.allowedAgeHours} h`,
        `after ${draft.failedTimes === '' ? usualAlertRule.failedTimes : draft.failedTimes} failures`,
        draft.firstPartial ? 'at the first partial run' : '',
      ]
        .filter(Boolean)
        .join(', ');
    case 'cadence':
      return cadenceWordsOf(draft);
  }
}

function cadenceWordsOf(draft: ScheduleDraft): string {
  switch (draft.kind) {
    case 'everyMinutes':
      return `every ${draft.minutes} minutes`;
    case 'hourly':
      return `every ${draft.everyHours} h at minute ${draft.minute}`;
    case 'daily':
      return `daily at ${draft.times}`;
    case 'weekly':
      return `${draft.days.join(', ')} at ${draft.times}`;
    case 'monthly':
      return `monthly on ${draft.monthDay} at ${draft.times}`;
    case 'cron':
      return `cron ${draft.expression}`;
  }
}

const useStyles = makeStyles({
  part: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    paddingTop: tokens.spacingVerticalXS,
  },
});

interface ScheduleConflictProps {
  /** The schedule as the editor opened it, and as it is now. */
  opened: ScheduleRow;
  current: ScheduleRow;
  draft: ScheduleDraft;
  onTake: (fields: Partial<ScheduleDraft>) => void;
  /** All parts are decided: what is saved from here on is based on the present version. */
  onDecided: () => void;
}

/** Somebody saved this schedule while it was being edited: who, when, which parts; and each can be chosen. */
export function ScheduleConflict({ opened, current, draft, onTake, onDecided }: ScheduleConflictProps) {
  const styles = useStyles();
  const [kept, setKept] = useState<readonly Part[]>([]);
  const newest = useProcedure('audit.list', {
    filter: { tenantId: current.tenantId, targetId: current.id },
    pageSize: 1,
  });
  const event = newest.data?.rows[0];
  const theirs = draftOf(current, current.tenantId);
  const parts = changedParts(draftOf(opened, opened.tenantId), theirs).filter((part) =>
    changedParts(draft, theirs).includes(part),
  );
  const open = parts.filter((part) => !kept.includes(part));
  const decide = (part: Part, take: boolean) => {
    if (take) onTake(partOf(theirs, part));
    else setKept([...kept, part]);
    if (open.length <= 1) onDecided();
  };
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>Somebody changed this schedule meanwhile.</MessageBarTitle>
        {event !== undefined && (
          <>
            {shortText(event.actor)}, <InstantText iso={event.at} />.{' '}
          </>
        )}
        What is typed here is not lost.
        {open.map((part) => (
          <div key={part} className={styles.part}>
            <span>
              {partNames[part]}: mine “{shortText(partWords(draft, part))}”, theirs “
              {shortText(partWords(theirs, part))}”
            </span>
            <Button size="small" onClick={() => decide(part, false)}>
              Keep mine: {partNames[part]}
            </Button>
            <Button size="small" onClick={() => decide(part, true)}>
              Take theirs: {partNames[part]}
            </Button>
          </div>
        ))}
        {parts.length === 0 && (
          <div className={styles.part}>
            Nothing that stands here differs from it.
            <Button size="small" onClick={onDecided}>
              Go on from the present version
            </Button>
          </div>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
