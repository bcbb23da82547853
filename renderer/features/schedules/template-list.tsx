import { Button } from '@fluentui/react-components';
import type { TemplateRow } from '../../../shared/contract/schedule-templates.ts';
import type { TemplateStandingState } from '../../../shared/model/template-standings.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { standingWord } from './template-words.tsx';

interface TemplateListProps {
  rows: readonly TemplateRow[];
  openId: string | undefined;
  busy: boolean;
  onOpen: (template: TemplateRow) => void;
  onFocus: (template: TemplateRow) => void;
  onApply: (template: TemplateRow) => void;
}

/** The states that somebody can do something about, with the width of their column. */
const counted = {
  in_step: '8.5rem',
  drifted: '4.5rem',
  missing: '4.5rem',
  name_taken: '6rem',
  not_covered: '9.5rem',
} as const satisfies Partial<Record<TemplateStandingState, string>>;
const countedStates = Object.keys(counted) as (keyof typeof counted)[];

function columnsFor(busy: boolean, onApply: (template: TemplateRow) => void): readonly Column<TemplateRow>[] {
  return [
    {
      key: 'name',
      title: 'Name',
      width: 'minmax(8rem, 1fr)',
      cell: (template) => <TenantText text={template.name} />,
    },
    {
      key: 'apply',
      title: 'Apply',
      width: '5rem',
      cell: (template) => (
        <Button
          size="small"
          aria-label={`Apply ${shortText(template.name)}`}
          disabled={busy}
          onClick={(event) => {
            event.stopPropagation();
            onApply(template);
          }}
        >
          Apply
        </Button>
      ),
    },
    {
      key: 'tags',
      title: 'Tags',
      width: 'minmax(6rem, 1fr)',
      cell: ({ tags }) => tags.map((tag) => shortText(tag)).join(', '),
    },
    {
      key: 'when',
      title: 'When',
      width: 'minmax(9rem, 2fr)',
      cell: (template) => <span title={template.cadenceWords}>{template.cadenceWords}</span>,
    },
    { key: 'zone', title: 'Zone', width: '8rem', optional: true, cell: ({ timeZone }) => timeZone },
    { key: 'spread', title: 'Spread', width: '4rem', cell: ({ spreadMinutes }) => `${spreadMinutes} min` },
    ...countedStates.map((state) => ({
      key: state,
      title: standingWord(state),
      width: counted[state],
      // The tab of the drift tells the same; what can be done about it is there, too.
      ...(state === 'not_covered' && { optional: true as const }),
      cell: ({ id, name, standings }: TemplateRow) =>
        standings[state] === 0 ? (
          '0'
        ) : (
          <PageLink
            to="/schedules/templates"
            search={{ templateTab: 'drift', ofTemplate: id, standing: state }}
            label={`${standings[state]} tenants of ${shortText(name)}: ${standingWord(state)}`}
            stopPropagation
          >
            {standings[state].toLocaleString()}
          </PageLink>
        ),
    })),
  ];
}

/** Every template with how many tenants stand how to it; each number leads to those tenants. */
export function TemplateList(props: TemplateListProps) {
  return (
    <DataTable
      label="Schedule templates"
      columns={columnsFor(props.busy, props.onApply)}
      rows={props.rows}
      rowKey={(template) => template.id}
      onOpen={props.onOpen}
      selectedKey={props.openId ?? null}
      onFocusRow={props.onFocus}
    />
  );
}
