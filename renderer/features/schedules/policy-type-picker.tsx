import {
  Button,
  Checkbox,
  Field,
  Input,
  makeStyles,
  mergeClasses,
  Select,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import type { ScheduleDraft } from './schedule-draft.ts';

const useStyles = makeStyles({
  list: {
    maxHeight: '18rem',
    overflowY: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    padding: tokens.spacingHorizontalS,
  },
  category: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
  access: { paddingLeft: '2rem', paddingBottom: tokens.spacingVerticalXS },
  trouble: { color: tokens.colorStatusWarningForeground1 },
});

interface PolicyTypePickerProps {
  /** Empty while no tenant is chosen; the access check is the tenant's. */
  tenantId: string;
  selection: ScheduleDraft['selection'];
  typeKeys: readonly string[];
  onChange: (selection: ScheduleDraft['selection'], typeKeys: readonly string[]) => void;
}

/** Core, all known, or a list by category with search; each type with what the last access check said of it. */
export function PolicyTypePicker({ tenantId, selection, typeKeys, onChange }: PolicyTypePickerProps) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const known = useProcedure('schedules.policy-types', {});
  const access = useProcedure('tenants.access-check', { tenantId }, { enabled: tenantId !== '' });
  const checked = tenantId === '' ? null : (access.data?.result ?? null);
  const accessOf = new Map(checked?.types.map((type) => [type.typeKey, type]));
  const types = known.data?.types ?? [];
  const unknownKeys = known.data ? typeKeys.filter((key) => !types.some((type) => type.key === key)) : [];
  const needle = search.trim().toLowerCase();
  const shown = types.filter((type) =>
    `${type.displayName} ${type.key} ${type.category}`.toLowerCase().includes(needle),
  );
  const toggle = (keys: readonly string[], wanted: boolean) =>
    onChange('list', [...typeKeys.filter((key) => !keys.includes(key)), ...(wanted ? keys : [])]);

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
      {tenantId !== '' && access.isSuccess && (
        <Text>
          {checked === null ? (
            'The access to this tenant was never checked.'
          ) : (
            <>
              Last access check, <InstantText iso={checked.at} />: {checked.sentence}
            </>
          )}
        </Text>
      )}
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
                onChange={() => toggle([key], false)}
              />
            ))}
            {[...Map.groupBy(shown, (type) => type.category)].map(([category, members]) => {
              const keys = members.map((type) => type.key);
              const all = keys.every((key) => typeKeys.includes(key));
              return (
                <div key={category} role="group" aria-label={category}>
                  <div className={styles.category}>
                    <Text weight="semibold">{category}</Text>
                    <Button
                      size="small"
                      appearance="subtle"
                      aria-label={`${all ? 'Remove' : 'Choose'} all of ${category}`}
                      onClick={() => toggle(keys, !all)}
                    >
                      {all ? 'Remove all' : 'Choose all'}
                    </Button>
                  </div>
                  {members.map((type) => {
                    const found = accessOf.get(type.key);
                    return (
                      <div key={type.key}>
                        <Checkbox
                          label={type.displayName}
                          checked={typeKeys.includes(type.key)}
                          onChange={(_event, data) => toggle([type.key], data.checked === true)}
                        />
                        {found !== undefined && (
                          <Text
                            block
                            size={200}
                            className={mergeClasses(
                              styles.access,
                              found.state !== 'readable' && styles.trouble,
                            )}
                          >
                            {found.sentence}
                          </Text>
                        )}
                      </div>
                    );
                  })}
                </div>
              );
            })}
            {shown.length === 0 && <Text>No policy type fits the search.</Text>}
          </div>
        </>
      )}
    </>
  );
}
