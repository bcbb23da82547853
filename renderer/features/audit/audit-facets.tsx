import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { AuditFilter } from '../../../shared/contract/audit.ts';
import type { AuditTerm } from '../../../shared/model/audit-query.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  facets: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalL,
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalS}`,
    maxHeight: '14rem',
    overflowY: 'auto',
  },
  column: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', minWidth: '9rem' },
});

const titles = {
  actor: 'Actor',
  action: 'Action',
  outcome: 'Outcome',
  tenant: 'Tenant',
  host: 'Host',
} as const;
type FacetField = keyof typeof titles;

interface AuditFacetsProps {
  filter: AuditFilter;
  onAdd: (term: AuditTerm) => void;
}

/** How the matching events divide; a value goes into the query by a press. */
export function AuditFacets({ filter, onAdd }: AuditFacetsProps) {
  const styles = useStyles();
  const counts = useProcedure('audit.facets', { filter });
  if (counts.isError) return <Text>{counts.error.message}</Text>;
  if (!counts.data) return <Text>Events are being counted.</Text>;
  const { facets, counted, since } = counts.data;
  return (
    <section className={styles.facets} aria-label="Counts" tabIndex={0}>
      {(Object.keys(titles) as FacetField[]).map((field) => (
        <div key={field} className={styles.column}>
          <Text weight="semibold">{titles[field]}</Text>
          {facets
            .filter((facet) => facet.field === field)
            .map(({ value, count }) => (
              <Button
                key={value}
                size="small"
                appearance="subtle"
                aria-label={`Only ${field} ${shortText(value)}, ${count} events`}
                onClick={() => onAdd({ field, value, exclude: false })}
              >
                {shortText(value)} · {count.toLocaleString()}
              </Button>
            ))}
        </div>
      ))}
      <Text size={200}>
        {since === null ? (
          `All ${counted.toLocaleString()} matching events are counted.`
        ) : (
          <>
            The newest {counted.toLocaleString()} matching events are counted, back to{' '}
            <InstantText iso={since} />.
          </>
        )}
      </Text>
    </section>
  );
}
