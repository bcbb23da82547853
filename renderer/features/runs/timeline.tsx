import { Button, makeStyles, Switch, Text, tokens } from '@fluentui/react-components';
import { useCallback, useMemo, useState } from 'react';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { usePagedProcedure } from '../../queries/use-procedure.ts';
import { isFiltered, noFilter, periods, type RunFilterInput, type RunsSearch } from './runs-search.ts';
import { TimelineChart } from './timeline-chart.tsx';
import { clampView, fitView, type TimelineView, windowOf } from './timeline-geometry.ts';
import { TimelineTable } from './timeline-table.tsx';

const useStyles = makeStyles({
  box: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: '20rem' },
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    paddingInline: tokens.spacingHorizontalL,
  },
  hint: { color: tokens.colorNeutralForeground3, flexGrow: 1 },
  chart: { flexGrow: 1, minHeight: 0 },
});

const hourMs = 3_600_000;
/** Part of the period that lies in the future, so that the next slots are in sight. */
const aheadPart = 0.12;

/** The period of the address; without one the last week, with the coming slots to the right of now. */
function viewOf(search: Pick<RunsSearch, 'period' | 'from' | 'to'>, nowMs: number): TimelineView {
  const hours = periods[search.period ?? '7d'].hours;
  const toMs = search.to === undefined ? nowMs + hours * hourMs * aheadPart : Date.parse(search.to);
  const fromMs = search.from === undefined ? nowMs - hours * hourMs : Date.parse(search.from);
  return clampView(fromMs < toMs ? { fromMs, toMs } : { fromMs: toMs - hours * hourMs, toMs });
}

/** Runs as bars by schedule or host over time; the period is the address's, so that zooming can be gone back from. */
export function Timeline({
  filter,
  search,
  onChange,
}: {
  filter: RunFilterInput;
  search: RunsSearch;
  onChange: (next: Partial<RunsSearch>, replace?: boolean) => void;
}) {
  const styles = useStyles();
  const [openedMs] = useState(() => Date.now());
  const [width, setWidth] = useState(1000);
  const { period, from, to } = search;
  // The same object while nothing changes: rows are drawn again only for a new one.
  const view = useMemo(() => viewOf({ period, from, to }, openedMs), [period, from, to, openedMs]);
  const asked = windowOf(view, width);
  const { from: _from, to: _to, ...rest } = filter;
  const timeline = usePagedProcedure('runs.timeline', {
    ...rest,
    from: new Date(asked.fromMs).toISOString(),
    to: new Date(asked.toMs).toISOString(),
    bucketMs: asked.bucketMs,
    rows: search.hostRows === true ? 'host' : 'schedule',
    busyOnly: search.busyOnly === true,
    pageSize: 50,
  });
  const show = (next: TimelineView) =>
    onChange(
      {
        from: new Date(next.fromMs).toISOString(),
        to: new Date(next.toMs).toISOString(),
        period: undefined,
      },
      true,
    );
  const fit = () => {
    const fitted = fitView(timeline.rows);
    if (fitted !== null) show(fitted);
  };
  const now = timeline.data?.pages[0]?.now;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = timeline;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <div className={styles.box}>
      <div className={styles.bar}>
        <Button size="small" onClick={fit}>
          Fit runs
        </Button>
        <Switch
          label="Rows by host"
          checked={search.hostRows === true}
          onChange={(_event, data) => onChange({ hostRows: data.checked || undefined })}
        />
        <Switch
          label="Collapse idle"
          checked={search.busyOnly === true}
          onChange={(_event, data) => onChange({ busyOnly: data.checked || undefined })}
        />
        <Switch
          label="As table"
          checked={search.asTable === true}
          onChange={(_event, data) => onChange({ asTable: data.checked || undefined })}
        />
        <Text size={200} className={styles.hint}>
          + and − zoom, arrows move, 0 fits; Ctrl and wheel zoom; drag to choose a period.
        </Text>
      </div>
      {timeline.isPending && <LoadingRows label="The timeline is being read" />}
      {timeline.isError && timeline.rows.length === 0 && (
        <LoadFailure error={timeline.error} retry={() => void timeline.refetch()} />
      )}
      {timeline.isSuccess && timeline.rows.length === 0 && (
        <PageState
          title={isFiltered(search) ? 'Nothing matches' : 'No schedules yet'}
          action={isFiltered(search) && <Button onClick={() => onChange(noFilter)}>Clear filters</Button>}
        >
          {isFiltered(search)
            ? 'No run in this period passes the filters above.'
            : 'A row appears here for each schedule.'}
        </PageState>
      )}
      {now !== undefined && timeline.rows.length > 0 && (
        <div className={styles.chart}>
          {search.asTable === true ? (
            <TimelineTable rows={timeline.rows} view={view} onChange={onChange} loadMore={loadMore} />
          ) : (
            <TimelineChart
              rows={timeline.rows}
              view={view}
              awaited={timeline.isPlaceholderData}
              now={{ ms: Date.parse(now), readMs: timeline.dataUpdatedAt }}
              onView={show}
              onFit={fit}
              onWidth={setWidth}
              onChange={onChange}
              loadMore={loadMore}
            />
          )}
        </div>
      )}
    </div>
  );
}
