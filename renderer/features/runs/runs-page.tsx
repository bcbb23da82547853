import { Button, makeStyles, ToggleButton, tokens } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { Page } from '../../components/page.tsx';
import { LoadingRows } from '../../components/page-state.tsx';
import { useColumnChoice } from '../../components/use-column-choice.tsx';
import { FilterButtons, FilterPills } from './filter-bar.tsx';
import { RunDetail } from './run-detail.tsx';
import { RunList, runColumns } from './run-list.tsx';
import { filterOf, type RunsSearch, type RunView } from './runs-search.ts';

// Loaded on demand: most visits end in the list.
const Timeline = lazy(async () => ({ default: (await import('./timeline.tsx')).Timeline }));
const ScheduleMatrix = lazy(async () => ({ default: (await import('./run-matrix.tsx')).ScheduleMatrix }));

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 },
  views: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalS,
    paddingInline: tokens.spacingHorizontalL,
    paddingBottom: tokens.spacingVerticalS,
  },
  view: { flexGrow: 1, minHeight: 0 },
});

const viewWords: readonly [RunView, string][] = [
  ['list', 'List'],
  ['timeline', 'Timeline'],
  ['matrix', 'By policy type'],
];

/** The end of a period that ends now: when it was chosen or renewed, so that it does not move under its reader. */
function usePeriodEnd(period: string | undefined): { nowMs: number; renew: () => void } {
  const [renewed, setRenewed] = useState(0);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- a new period or a renewal is what begins a new now
  const nowMs = useMemo(() => performance.timeOrigin + performance.now(), [period, renewed]);
  return { nowMs: Math.floor(nowMs), renew: () => setRenewed(renewed + 1) };
}

/** What ran, what did not, and why: a list, a timeline and a matrix over one filter. */
export function RunsPage() {
  const styles = useStyles();
  const search = useSearch({ strict: false }) as RunsSearch;
  const navigate = useNavigate();
  const client = useQueryClient();
  const { nowMs, renew } = usePeriodEnd(search.period);
  const filter = filterOf(search, nowMs);
  const view = search.view ?? 'list';
  const { columns, chooser } = useColumnChoice('runs', runColumns, 'slot');
  const change = (next: Partial<RunsSearch>, replace = false) =>
    void navigate({ to: '/runs', search: (now: RunsSearch) => ({ ...now, ...next }), replace } as never);
  const refresh = () => {
    renew();
    void client.resetQueries({ queryKey: ['run-list'] });
    void client.invalidateQueries({ queryKey: ['runs'] });
  };

  return (
    <Page
      title="Runs"
      commands={
        <>
          <FilterButtons search={search} onChange={change} />
          {view === 'list' && chooser}
          <Button onClick={refresh}>Refresh</Button>
        </>
      }
    >
      <div className={styles.page}>
        <div role="group" aria-label="View" className={styles.views}>
          {viewWords.map(([value, word]) => (
            <ToggleButton
              key={value}
              size="small"
              appearance="subtle"
              checked={view === value}
              onClick={() => change({ view: value })}
            >
              {word}
            </ToggleButton>
          ))}
        </div>
        <FilterPills search={search} onChange={change} />
        <div className={styles.view}>
          <Suspense fallback={<LoadingRows label="The view is being loaded" />}>
            {view === 'list' && (
              <RunList filter={filter} search={search} columns={columns} onChange={change} />
            )}
            {view === 'timeline' && <Timeline filter={filter} search={search} onChange={change} />}
            {view === 'matrix' && <ScheduleMatrix search={search} onChange={change} />}
          </Suspense>
        </div>
      </div>
      {search.run !== undefined && search.runTenant !== undefined && (
        <RunDetail
          tenantId={search.runTenant}
          runId={search.run}
          onClose={() => change({ run: undefined, runTenant: undefined })}
        />
      )}
    </Page>
  );
}
