import { Combobox, Field, Option } from '@fluentui/react-components';
import { useState } from 'react';
import { isTimeZone } from '../../shared/model/cadence.ts';

const zoneNames = Intl.supportedValuesOf('timeZone');
const mostOffered = 40;

/** `UTC+01:00`, as it is now. */
function offsetOf(zone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts();
  return parts.find((part) => part.type === 'timeZoneName')!.value.replace('GMT', 'UTC');
}

interface ZoneFieldProps {
  zone: string;
  onChange: (zone: string) => void;
  label?: string;
  /** What the zone is about. */
  hint?: string;
}

const ofSchedule =
  "The schedule's own zone, such as Europe/Berlin, whatever the zone of a host or of this computer.";

/** An IANA zone by search, with its present offset; it starts empty rather than with this computer's. */
export function ZoneField({ zone, onChange, label = 'Time zone', hint = ofSchedule }: ZoneFieldProps) {
  // The open list starts with all zones, also where the field holds one already.
  const [typed, setTyped] = useState('');
  const needle = typed.trim().toLowerCase().replaceAll(' ', '_');
  const offered = zoneNames.filter((name) => name.toLowerCase().includes(needle)).slice(0, mostOffered);
  const known = isTimeZone(zone);
  return (
    <Field
      label={label}
      required
      validationMessage={zone === '' || known ? undefined : 'The time zone is not a known IANA zone.'}
      hint={`${known ? `Now ${offsetOf(zone)}. ` : ''}${hint}`}
    >
      <Combobox
        freeform
        value={zone}
        selectedOptions={[zone]}
        placeholder="Search a city or a zone"
        onOpenChange={(_event, data) => !data.open && setTyped('')}
        onInput={(event) => {
          const { value } = event.target as HTMLInputElement;
          setTyped(value);
          onChange(value);
        }}
        onOptionSelect={(_event, data) => {
          // Typing something else takes back a choice, which is said as a choice of nothing.
          if (data.optionValue === undefined) return;
          setTyped('');
          onChange(data.optionValue);
        }}
      >
        {offered.map((name) => (
          <Option key={name} value={name} text={name}>
            {name} ({offsetOf(name)})
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}
