import { Text } from '@fluentui/react-components';
import type { RetentionRule } from '../../../shared/model/run-spec.ts';
import { useDebounced } from '../../components/use-debounced.ts';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

interface RetentionPreviewProps {
  tenantId: string;
  scheduleId: string;
  rule: RetentionRule;
  timeZone: string;
}

/** What the rule would do to the sets that there are, by the function that removes them. */
export function RetentionPreview({ tenantId, scheduleId, rule, timeZone }: RetentionPreviewProps) {
  const retention = useDebounced(rule, 150);
  const preview = useProcedure('schedules.retention-preview', { tenantId, scheduleId, retention });
  if (preview.isError) return <Text>{preview.error.message}</Text>;
  if (!preview.data) return <Text>What would stay is being computed.</Text>;
  const { sets, kept, removedNextCount, nextToGo } = preview.data;
  const stale = preview.isPlaceholderData || retention !== rule;
  if (sets === 0) return <Text>There is no backup set of this schedule yet.</Text>;
  return (
    <Text style={{ opacity: stale ? 0.5 : 1 }}>
      Would keep {kept.toLocaleString()} of {sets.toLocaleString()} sets
      {removedNextCount > 0 &&
        `; the next successful run removes ${removedNextCount === 1 ? '1 set' : `${removedNextCount.toLocaleString()} sets`}`}
      {nextToGo === null ? (
        '; none of them goes in the foreseeable future.'
      ) : (
        <>
          , next to go: <InstantText iso={nextToGo} scheduleZone={timeZone} />.
        </>
      )}
    </Text>
  );
}
