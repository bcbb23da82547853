import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components';
import type { Cadence } from '../../../shared/model/cadence.ts';
import { formatDuration } from '../../components/format-time.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useDebounced } from '../../components/use-debounced.ts';
import { useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';

interface ScheduleAdviceProps {
  tenantId: string;
  scheduleId: string | null;
  cadence: Cadence;
  timeZone: string;
  onSpread: () => void;
}

/** What is worth knowing before saving: who else starts then, runs longer than the gap, a zone of its own. */
export function ScheduleAdvice({ tenantId, scheduleId, cadence, timeZone, onSpread }: ScheduleAdviceProps) {
  const input = useDebounced(JSON.stringify({ tenantId, scheduleId, cadence, timeZone }), 150);
  const asked = JSON.parse(input) as Omit<ScheduleAdviceProps, 'onSpread'>;
  const advice = useProcedure('schedules.advice', asked);
  const obstacle = useObstacle('schedule.spread', tenantId);
  // A cadence that cannot be computed is refused by the preview, which says why.
  if (!advice.data) return null;
  const { collision, medianRunMs, shortestGapMs, otherZones } = advice.data;
  return (
    <>
      {collision !== null && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            {collision.others.length + 1} schedules of this tenant start at {collision.localTime.slice(-5)}:
            this one and{' '}
            {collision.others
              .slice(0, 5)
              .map((other) => shortText(other.name))
              .join(', ')}
            {collision.others.length > 5 && ` and ${collision.others.length - 5} more`}.
          </MessageBarBody>
          <MessageBarActions>
            <Button disabledFocusable={obstacle !== null} title={obstacle ?? undefined} onClick={onSpread}>
              Spread schedules
            </Button>
          </MessageBarActions>
        </MessageBar>
      )}
      {medianRunMs !== null && shortestGapMs !== null && shortestGapMs < medianRunMs && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            Slots lie {formatDuration(shortestGapMs)} apart, and half of the last runs took longer than{' '}
            {formatDuration(medianRunMs)}. A slot that falls into a run is skipped.
          </MessageBarBody>
        </MessageBar>
      )}
      {otherZones.length > 0 && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            The other schedules of this tenant are in {otherZones.slice(0, 3).join(', ')}
            {otherZones.length > 3 && ` and ${otherZones.length - 3} more zones`}, this one is in {timeZone}.
          </MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}
