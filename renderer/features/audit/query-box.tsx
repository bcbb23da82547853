import { Button, Combobox, makeStyles, Option, Tag, tokens } from '@fluentui/react-components';
import { Dismiss16Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import {
  type AuditQueryField,
  type AuditTerm,
  completeAuditQuery,
  formatAuditQuery,
  formatAuditTerm,
  parseAuditQuery,
} from '../../../shared/model/audit-query.ts';
import { shortText } from '../../components/tenant-text.tsx';

const useStyles = makeStyles({
  box: { minWidth: '20rem', flexGrow: 1 },
  pills: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalS}`,
  },
  list: { maxHeight: '20rem' },
});

interface QueryBoxProps {
  query: string;
  known: Readonly<Partial<Record<AuditQueryField, readonly string[]>>>;
  onChange: (query: string) => void;
}

/** The query as text: completed while it is typed, sent by Enter or when the field is left. */
export function QueryBox({ query, known, onChange }: QueryBoxProps) {
  const styles = useStyles();
  // Null: the field shows the address.
  const [typed, setTyped] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const text = typed ?? query;
  const completion = completeAuditQuery(text, text.length, known);
  const send = (): void => {
    if (typed !== null && typed.trim() !== query) onChange(typed.trim());
    setTyped(null);
    setOpen(false);
  };
  return (
    <Combobox
      className={styles.box}
      aria-label="Query"
      data-filter-text
      freeform
      placeholder="actor: action: target: outcome: … or words; - excludes"
      value={text}
      selectedOptions={[]}
      open={open && typed !== null && completion.suggestions.length > 0}
      onOpenChange={(_event, data) => setOpen(data.open)}
      listbox={{ className: styles.list }}
      onInput={(event) => {
        setTyped((event.target as HTMLInputElement).value);
        setOpen(true);
      }}
      onBlur={send}
      onKeyDown={(event) => {
        // Enter takes the word that is lit in the list, and sends where the list says nothing.
        const lit =
          open &&
          event.currentTarget.getAttribute('aria-activedescendant') !== null &&
          completion.suggestions.length > 0;
        if (
          event.key === 'Enter' &&
          !(lit && text.slice(completion.from) !== '' && !isWhole(text.slice(completion.from)))
        ) {
          event.preventDefault();
          send();
        }
      }}
      onOptionSelect={(_event, data) => {
        if (data.optionValue === undefined) return;
        const next = text.slice(0, completion.from) + data.optionValue + text.slice(completion.to);
        setTyped(data.optionValue.endsWith(':') ? next : `${next} `);
        setOpen(data.optionValue.endsWith(':'));
      }}
    >
      {completion.suggestions.map((suggestion) => (
        <Option key={suggestion} value={suggestion} text={suggestion}>
          {shortText(suggestion)}
        </Option>
      ))}
    </Combobox>
  );
}

/** True where the last word says something already, so that Enter means "search". */
function isWhole(word: string): boolean {
  const [term] = parseAuditQuery(word);
  return term !== undefined && term.field !== 'text';
}

interface QueryPillsProps {
  query: string;
  onChange: (query: string) => void;
}

/** The same query as pills: each can be taken away, or turned into its opposite. */
export function QueryPills({ query, onChange }: QueryPillsProps) {
  const styles = useStyles();
  const terms = parseAuditQuery(query);
  if (terms.length === 0) return null;
  const replace = (index: number, term: AuditTerm | null) =>
    onChange(formatAuditQuery(terms.flatMap((each, place) => (place === index ? (term ?? []) : each))));
  return (
    <div className={styles.pills} role="group" aria-label="Filters">
      {terms.map((term, index) => {
        const words = shortText(formatAuditTerm(term));
        return (
          <span key={`${index} ${words}`}>
            <Tag size="small" appearance={term.exclude ? 'outline' : 'filled'}>
              {words}
            </Tag>
            <Button
              size="small"
              appearance="subtle"
              aria-label={`${term.exclude ? 'Include' : 'Exclude'} ${words}`}
              onClick={() => replace(index, { ...term, exclude: !term.exclude })}
            >
              {term.exclude ? 'Include' : 'Exclude'}
            </Button>
            <Button
              size="small"
              appearance="subtle"
              icon={<Dismiss16Regular />}
              aria-label={`Remove ${words}`}
              onClick={() => replace(index, null)}
            />
          </span>
        );
      })}
      <Button size="small" onClick={() => onChange('')}>
        Clear filters
      </Button>
    </div>
  );
}
