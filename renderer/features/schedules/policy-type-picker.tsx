import { Checkbox, Field, Input, makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { useProcedure } from '../../queries/use-procedure.ts';
import type { ScheduleDraft } from './schedule-draft.ts';

const useStyles = makeStyles({
  list: {
    maxHeight: '18rem',
    overflowY: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    padding: tokens.spacingHorizontalS,
  },
});

interface PolicyTypePickerProps {
  selection: ScheduleDraft['selection'];
  typeKeys: readonly string[];
  onChange: (selection: ScheduleDraft['selection'], typeKeys: readonly string[]) => void;
}

/** Core, all known, or a list by category with search. */
export function PolicyTypePicker({ selection, typeKeys, onChange }: PolicyTypePickerProps) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const known = useProcedure('schedules.policy-types', {});
  const types = known.data?.types ?? [];
  const unknownKeys = known.data ? typeKeys.filter((key) => !types.some((type) => type.key === key)) : [];
  const needle = search.trim().toLowerCase();
  const shown = types.filter((type) =>
    `${type.displayName} ${type.key} ${type.category}`.toLowerCase().includes(needle),
  );
  const toggle = (key: string, wanted: boolean) =>
    onChange('list', wanted ? [...typeKeys, key] : typeKeys.filter((each) => each !== key));

  return (
    <>
      <Field
        label="Policy types"
        hint="A type that this version does not know stays visible and makes the run partial; it never stops it."
      >
        <Select
          value={selection}
          onChange={(_event, data) => onChange(data.value as ScheduleDraft['selection'], typeKeys)}
        >
          <option value="core">Core: what every tenant should keep</option>
          <option value="all">All known: follows the registry as it grows</option>
          <option value="list">A list</option>
        </Select>
      </Field>
      {selection === 'list' && (
        <>
          <Field label={`Search among ${types.length} types; ${typeKeys.length} chosen`}>
            <Input value={search} onChange={(_event, data) => setSearch(data.value)} />
          </Field>
          <div className={styles.list} role="group" aria-label="Policy types">
            {unknownKeys.map((key) => (
              <Checkbox
                key={key}
                checked
                label={`${key} (not known to this version)`}
                onChange={() => toggle(key, false)}
              />
            ))}
            {shown.map((type) => (
              <div key={type.key}>
                <Checkbox
                  label={`${type.displayName} (${type.category})`}
                  checked={typeKeys.includes(type.key)}
                  onChange={(_event, data) => toggle(type.key, data.checked === true)}
                />
              </div>
            ))}
            {shown.length === 0 && <Text>No policy type fits the search.</Text>}
          </div>
        </>
      )}
    </>
  );
}
