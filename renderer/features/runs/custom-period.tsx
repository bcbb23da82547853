import { Field, Input, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { RunsSearch } from './runs-search.ts';

const useStyles = makeStyles({
  pair: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

/** An instant as the browser's own field shows it: wall time of this computer, to the minute. */
function toField(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

function fromField(value: string): string | undefined {
  const at = new Date(value);
  return value === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** A period of one's own, in the time of this computer. */
export function CustomPeriod({
  from,
  to,
  onChange,
}: {
  from: string | undefined;
  to: string | undefined;
  onChange: (next: Partial<RunsSearch>) => void;
}) {
  const styles = useStyles();
  const [start, setStart] = useState(toField(from));
  const [end, setEnd] = useState(toField(to));
  const backwards = start !== '' && end !== '' && start >= end;
  const change = (nextStart: string, nextEnd: string) => {
    setStart(nextStart);
    setEnd(nextEnd);
    if (nextStart !== '' && nextEnd !== '' && nextStart >= nextEnd) return;
    onChange({ from: fromField(nextStart), to: fromField(nextEnd), period: undefined });
  };
  return (
    <Field
      label="Own period"
      hint="In the time of this computer."
      validationMessage={backwards ? 'The end is not after the start.' : undefined}
    >
      <div className={styles.pair}>
        <Input
          type="datetime-local"
          aria-label="From"
          value={start}
          onChange={(_event, data) => change(data.value, end)}
        />
        <Input
          type="datetime-local"
          aria-label="To"
          value={end}
          onChange={(_event, data) => change(start, data.value)}
        />
      </div>
    </Field>
  );
}
