import { Button, Select } from '@fluentui/react-components';
import { useState } from 'react';
import type { StandingRow, TemplateRow } from '../../../shared/contract/schedule-templates.ts';
import { templateStandings } from '../../../shared/model/template-standings.ts';
import { BulkBar } from '../../components/bulk-bar.tsx';
import { reachOf } from '../../components/bulk-reach.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { FilterText } from '../../components/filter-text.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { useObstacles } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { BringBackDialog, DetachDialog } from './apply-template.tsx';
import { DriftDetail } from './drift-detail.tsx';
import { canApply, differenceWords, StandingBadge, standingWord } from './template-words.tsx';
import type { TemplatesSearch } from './templates-search.ts';
import type { TemplateChanges } from './use-template-changes.ts';

const columns: readonly Column<StandingRow>[] = [
  {
    key: 'standing',
    title: 'State',
    width: '10rem',
    cell: ({ standing }) => <StandingBadge state={standing} />,
  },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(8rem, 1fr)',
    cell: ({ tenantName }) => <TenantText text={tenantName} />,
  },
  {
    key: 'template',
    title: 'Template',
    width: 'minmax(8rem, 1fr)',
    cell: ({ templateName }) => <TenantText text={templateName} />,
  },
  {
    key: 'differences',
    title: 'What differs',
    width: 'minmax(14rem, 3fr)',
    cell: (row) => <span title={differenceWords(row)}>{differenceWords(row)}</span>,
  },
  {
    key: 'version',
    title: 'Applied',
    width: '7rem',
    cell: ({ schedule, templateVersion }) =>
      schedule?.appliedVersion == null ? 'Never' : `${schedule.appliedVersion} of ${templateVersion}`,
  },
  {
    key: 'note',
    title: 'Note',
    width: 'minmax(10rem, 2fr)',
    cell: ({ leftOut }) => <span title={leftOut ?? undefined}>{leftOut ?? ''}</span>,
  },
];

const keyOf = (row: StandingRow) => `${row.templateId}_${row.tenantId}`;
const noun = { one: 'tenant', many: 'tenants' };
type DriftAction = 'apply' | 'detach';

interface DriftProps {
  search: TemplatesSearch;
  change: (next: Partial<TemplatesSearch>, replace?: boolean) => void;
  changes: TemplateChanges;
}

/** Which template, which state, which tenant: all of it lives in the address. */
export function DriftFilters({
  search,
  change,
  templates,
}: Pick<DriftProps, 'search' | 'change'> & { templates: readonly TemplateRow[] }) {
  return (
    <>
      <FilterText
        label="Tenant"
        value={search.q ?? ''}
        onChange={(q) => change({ q: q || undefined }, true)}
      />
      <Select
        aria-label="Template"
        value={search.ofTemplate ?? ''}
        onChange={(_event, data) => change({ ofTemplate: data.value || undefined }, true)}
      >
        <option value="">Every template</option>
        {templates.map(({ id, name }) => (
          <option key={id} value={id}>
            {shortText(name)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="State"
        value={search.standing ?? ''}
        onChange={(_event, data) =>
          change({ standing: (data.value || undefined) as TemplatesSearch['standing'] }, true)
        }
      >
        <option value="">Not as the template</option>
        <option value="all">Every state</option>
        {templateStandings.map((state) => (
          <option key={state} value={state}>
            {standingWord(state)}
          </option>
        ))}
      </Select>
    </>
  );
}

function fits(row: StandingRow, search: TemplatesSearch): boolean {
  return (
    (search.ofTemplate === undefined || row.templateId === search.ofTemplate) &&
    (search.tenantId === undefined || row.tenantId === search.tenantId) &&
    (search.standing === undefined
      ? row.standing !== 'in_step'
      : search.standing === 'all' || row.standing === search.standing) &&
    row.tenantName.toLowerCase().includes((search.q ?? '').trim().toLowerCase())
  );
}

/** Tenants that are not as their template says, what differs, and the ways back. */
export function DriftList({ search, change, changes }: DriftProps) {
  const [chosenKeys, setChosenKeys] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<{ action: DriftAction; rows: readonly StandingRow[] } | null>(null);
  const obstacleIn = useObstacles();
  // Judged as taken over, so that a schedule of that name can be chosen; what it would change is shown before.
  const drift = useProcedure(
    'schedule-templates.drift',
    { templateId: null, takeOver: true },
    { refetchInterval: 30_000 },
  );
  if (drift.isPending) return <LoadingRows label="The tenants are being compared with the templates" />;
  if (drift.isError) return <LoadFailure error={drift.error} retry={() => void drift.refetch()} />;
  const all = drift.data.rows;
  const rows = all.filter((row) => fits(row, search));
  const chosen = rows.filter((row) => chosenKeys.has(keyOf(row)));
  const opened = all.find((row) => keyOf(row) === search.driftOf);
  const close = () => setAsking(null);
  const clear = () =>
    change({ q: undefined, ofTemplate: undefined, standing: undefined, tenantId: undefined }, true);
  return (
    <>
      {rows.length === 0 && (
        <PageState
          title={all.length === 0 ? 'No tenant is covered yet' : 'Nothing matches'}
          action={all.length > 0 && <Button onClick={clear}>Clear filters</Button>}
        >
          {all.length === 0
            ? 'A tenant is covered by a template once it has one of its tags.'
            : `None of ${all.length.toLocaleString()} tenants fits the filters above.`}
        </PageState>
      )}
      {rows.length > 0 && (
        <DataTable
          label="Drift"
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          onOpen={(row) => change({ driftOf: keyOf(row) })}
          selectedKey={search.driftOf ?? null}
          selection={{
            keys: chosenKeys,
            onChange: setChosenKeys,
            nameOf: (row) => `Select ${shortText(row.tenantName)} of ${shortText(row.templateName)}`,
          }}
        />
      )}
      {chosen.length > 0 && (
        <BulkBar<DriftAction, StandingRow>
          noun={noun}
          chosen={chosen}
          actions={[
            {
              action: 'apply',
              words: 'Bring back to the template',
              reach: reachOf(chosen, (row) =>
                canApply(row) ? null : row.step === 'none' ? 'as the template' : 'left out',
              ),
            },
            {
              action: 'detach',
              words: 'Detach',
              reach: reachOf(chosen, (row) =>
                row.schedule?.appliedVersion == null
                  ? 'without its schedule'
                  : obstacleIn('schedule.edit', row.tenantId) === null
                    ? null
                    : 'without the role',
              ),
            },
          ]}
          busy={changes.progress !== null}
          onAct={(action, acted) => setAsking({ action, rows: acted })}
          onClear={() => setChosenKeys(new Set())}
        />
      )}
      {asking?.action === 'apply' && (
        <BringBackDialog rows={asking.rows} takeOver changes={changes} onClose={close} />
      )}
      {asking?.action === 'detach' && <DetachDialog rows={asking.rows} changes={changes} onClose={close} />}
      {opened !== undefined && (
        <DriftDetail
          row={opened}
          busy={changes.progress !== null}
          onAct={(action) => {
            change({ driftOf: undefined });
            setAsking({ action, rows: [opened] });
          }}
          onClose={() => change({ driftOf: undefined })}
        />
      )}
    </>
  );
}
