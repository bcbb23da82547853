import { makeStyles, MessageBar, MessageBarBody, Text, tokens } from '@fluentui/react-components';
import type { Cadence } from '../../../shared/model/cadence.ts';
import { InstantText } from '../../components/time-text.tsx';
import { useDebounced } from '../../components/use-debounced.ts';
import { useProcedure } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  stale: { opacity: 0.5 },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL },
});

const noteWords = {
  gap: 'moved: the clock jumps over this time',
  overlap: 'the first of two such times',
  month_end: "the month's last day",
} as const;

interface SlotPreviewProps {
  tenantId: string;
  cadence: Cadence;
  timeZone: string;
}

/** The next ten slots; an old answer is greyed while a new one is computed. */
export function SlotPreview(props: SlotPreviewProps) {
  const styles = useStyles();
  const asked = JSON.stringify(props);
  const settled = useDebounced(asked, 150);
  const preview = useProcedure('schedules.preview', {
    ...(JSON.parse(settled) as SlotPreviewProps),
    count: 10,
  });
  if (preview.isError) {
    return (
      <MessageBar intent="warning">
        <MessageBarBody>{preview.error.message}</MessageBarBody>
      </MessageBar>
    );
  }
  if (!preview.data) return <Text>The next slots are being computed.</Text>;
  const { words, slots, clockChange, problems } = preview.data;
  return (
    <section
      aria-label="Next slots"
      className={preview.isPlaceholderData || settled !== asked ? styles.stale : undefined}
    >
      <Text weight="semibold" block>
        {words}
      </Text>
      {problems.map((problem) => (
        <MessageBar key={problem.code} intent="error">
          <MessageBarBody>{problem.message}</MessageBarBody>
        </MessageBar>
      ))}
      <ol className={styles.list}>
        {slots.map((slot) => (
          <li key={slot.slotUtc}>
            {slot.localTime} ({slot.offset}) = <InstantText iso={slot.slotUtc} />
            {slot.note !== null && `, ${noteWords[slot.note]}`}
          </li>
        ))}
      </ol>
      {clockChange !== null && <Text block>{clockChange}</Text>}
    </section>
  );
}
