import { Input } from '@fluentui/react-components';
import { useRef, useState } from 'react';

const typingMs = 250;

interface FilterTextProps {
  label: string;
  /** What the address says. */
  value: string;
  onChange: (value: string) => void;
}

/** Words to filter by: they go to the address once typing rests, or when the field is left. */
export function FilterText({ label, value, onChange }: FilterTextProps) {
  // Null: the field shows the address.
  const [typed, setTyped] = useState<string | null>(null);
  const timer = useRef<number | undefined>(undefined);
  const send = (next: string) => {
    window.clearTimeout(timer.current);
    if (next !== value) onChange(next);
  };
  return (
    <Input
      aria-label={label}
      data-filter-text
      placeholder={label}
      value={typed ?? value}
      onChange={(_event, data) => {
        setTyped(data.value);
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(() => send(data.value), typingMs);
      }}
      onBlur={() => {
        if (typed !== null) send(typed);
        setTyped(null);
      }}
    />
  );
}
