import { makeStyles, SearchBox, Select, tokens } from '@fluentui/react-components';
import { type HealthState, healthStates, type TenantRow } from '../../../shared/contract/tenants.ts';
import { healthWord } from '../../components/health-badge.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { allTags, type TenantSort, tenantSorts, type TenantsSearch } from './tenants-view.ts';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalM,
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalM}`,
  },
});

const sortWords = {
  name: 'Sort by name',
  health: 'Sort by health, worst first',
  lastGood: 'Sort by last good set, oldest first',
  credential: 'Sort by end of credential',
} as const;

interface TenantsFiltersProps {
  rows: readonly TenantRow[];
  search: TenantsSearch;
  change: (next: Partial<TenantsSearch>) => void;
}

/** The value of the choice while the address asks for several states. */
const several = 'several';

/** Text, health, tag and order; all of it lives in the address. */
export function TenantsFilters({ rows, search, change }: TenantsFiltersProps) {
  const styles = useStyles();
  return (
    <div className={styles.bar} role="search" aria-label="Filter tenants">
      <SearchBox
        aria-label="Find by name, id or tag"
        placeholder="Find by name, id or tag"
        value={search.q ?? ''}
        onChange={(_event, data) => change({ q: data.value === '' ? undefined : data.value.slice(0, 200) })}
      />
      <Select
        aria-label="Health"
        value={search.healths === undefined ? (search.health ?? '') : several}
        onChange={(_event, data) =>
          change({
            health: data.value === '' ? undefined : (data.value as HealthState),
            healths: undefined,
          })
        }
      >
        <option value="">Any health</option>
        {search.healths !== undefined && (
          <option value={several}>{search.healths.map(healthWord).join(' or ')}</option>
        )}
        {healthStates.map((state) => (
          <option key={state} value={state}>
            {healthWord(state)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Tag"
        value={search.tag ?? ''}
        onChange={(_event, data) => change({ tag: data.value === '' ? undefined : data.value })}
      >
        <option value="">Any tag</option>
        {allTags(rows).map((tag) => (
          <option key={tag} value={tag}>
            {shortText(tag)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Order"
        value={search.tenantSort ?? 'name'}
        onChange={(_event, data) => change({ tenantSort: data.value as TenantSort })}
      >
        {tenantSorts.map((sort) => (
          <option key={sort} value={sort}>
            {sortWords[sort]}
          </option>
        ))}
      </Select>
    </div>
  );
}
