import { Button, makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { LoadFailure } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { usePagedProcedure } from '../../queries/use-procedure.ts';
import { useTypeNames } from './use-type-names.ts';

const useStyles = makeStyles({
  head: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
  events: { listStyleType: 'none', padding: 0, margin: 0, display: 'grid', gap: tokens.spacingVerticalXS },
});

type Level = 'info' | 'warning' | 'error';

/** The progress log of the run, from a level upwards. */
export function RunEvents({ tenantId, runId }: { tenantId: string; runId: string }) {
  const styles = useStyles();
  const names = useTypeNames();
  const [least, setLeast] = useState<Level>('info');
  const events = usePagedProcedure('runs.events', { tenantId, runId, least });
  return (
    <section aria-label="Events">
      <div className={styles.head}>
        <Text as="h3" weight="semibold">
          Events
        </Text>
        <Select
          size="small"
          aria-label="Level of events"
          value={least}
          onChange={(_event, data) => setLeast(data.value as Level)}
        >
          <option value="info">All</option>
          <option value="warning">Warnings and errors</option>
          <option value="error">Errors</option>
        </Select>
      </div>
      {events.isError && <LoadFailure error={events.error} retry={() => void events.refetch()} />}
      {events.isSuccess && events.rows.length === 0 && (
        <Text block>{least === 'info' ? 'No events were recorded.' : 'No events of this level.'}</Text>
      )}
      <ol className={styles.events}>
        {events.rows.map((event, index) => (
          <li key={`${event.at}-${index}`}>
            <InstantText iso={event.at} /> · {event.level}
            {event.typeKey !== null && ` · ${names(event.typeKey)}`} · <TenantText text={event.message} />
          </li>
        ))}
      </ol>
      {events.hasNextPage && <Button onClick={() => void events.fetchNextPage()}>Show more</Button>}
    </section>
  );
}
