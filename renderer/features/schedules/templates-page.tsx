import { Button, makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { TemplateRow } from '../../../shared/contract/schedule-templates.ts';
import { BulkReport } from '../../components/bulk-bar.tsx';
import { FilterText } from '../../components/filter-text.tsx';
import { focusFilterText, usePageKeys } from '../../components/page-keys.ts';
import { Page } from '../../components/page.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { useMayDoSomewhere, useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { ApplyTemplateDialog } from './apply-template.tsx';
import { DriftFilters, DriftList } from './drift-list.tsx';
import { TemplateEditor } from './template-editor.tsx';
import { TemplateList } from './template-list.tsx';
import type { TemplatesSearch } from './templates-search.ts';
import { useTemplateChanges } from './use-template-changes.ts';

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', height: '100%' },
  tabs: { paddingInline: tokens.spacingHorizontalS },
  panel: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0 },
});

/** Schedules that are defined once: which there are, which tenants follow them, and what is not as it should be. */
export function TemplatesPage() {
  const styles = useStyles();
  const search = useSearch({ strict: false }) as TemplatesSearch;
  const navigate = useNavigate();
  const changes = useTemplateChanges();
  const obstacle = useObstacle('workspace.defaults', null);
  const mayOpenSchedules = useMayDoSomewhere('schedule.view');
  const [applying, setApplying] = useState<TemplateRow | null>(null);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const templates = useProcedure('schedule-templates.list', {}, { refetchInterval: 30_000 });
  const tab = search.templateTab ?? 'list';
  const all = templates.data?.templates ?? [];
  const needle = (search.q ?? '').trim().toLowerCase();
  const rows = all.filter(({ name, tags }) => `${name}\n${tags.join('\n')}`.toLowerCase().includes(needle));
  const change = useCallback(
    (next: Partial<TemplatesSearch>, replace = false) =>
      void navigate({
        to: '/schedules/templates',
        search: (before: TemplatesSearch) => ({ ...before, ...next }),
        replace,
      } as never),
    [navigate],
  );
  const openNew = () => obstacle === null && change({ template: 'new' });
  const focused = rows.find(({ id }) => id === focusedId);
  const onFocused = (act: (template: TemplateRow) => void) => ({
    act: () => focused !== undefined && act(focused),
    unavailable: focused === undefined ? 'Go to a row of the list first.' : null,
  });
  usePageKeys([
    { key: 'n', name: 'New template', act: openNew, unavailable: obstacle },
    { key: '/', name: 'Filter templates', act: focusFilterText },
    { key: 'e', name: 'Edit template', ...onFocused(({ id }) => change({ template: id })) },
    { key: 'a', name: 'Apply template', ...onFocused(setApplying) },
  ]);
  const newTemplate = (
    <Button
      appearance="primary"
      disabledFocusable={obstacle !== null}
      title={obstacle ?? undefined}
      onClick={openNew}
    >
      New template
    </Button>
  );

  return (
    <Page
      title="Schedule templates"
      commands={
        <>
          {newTemplate}
          {mayOpenSchedules && (
            <PageLink to="/schedules" search={{ tenantId: search.tenantId }}>
              All schedules
            </PageLink>
          )}
          {tab === 'list' ? (
            <FilterText
              label="Name or tag"
              value={search.q ?? ''}
              onChange={(q) => change({ q: q || undefined }, true)}
            />
          ) : (
            <DriftFilters search={search} change={change} templates={all} />
          )}
        </>
      }
    >
      <div className={styles.frame}>
        <BulkReport
          noun={{ one: 'tenant', many: 'tenants' }}
          progress={changes.progress}
          outcome={changes.outcome}
          onDismiss={changes.dismiss}
        />
        <TabList
          className={styles.tabs}
          selectedValue={tab}
          onTabSelect={(_event, data) =>
            change({ templateTab: data.value as TemplatesSearch['templateTab'], q: undefined })
          }
        >
          <Tab value="list" id="templates-tab-list">
            Templates
          </Tab>
          <Tab value="drift" id="templates-tab-drift">
            Drift
          </Tab>
        </TabList>
        <div role="tabpanel" aria-labelledby={`templates-tab-${tab}`} className={styles.panel}>
          {tab === 'drift' && <DriftList search={search} change={change} changes={changes} />}
          {tab === 'list' && (
            <>
              {templates.isPending && <LoadingRows label="Templates are being read" />}
              {templates.isError && (
                <LoadFailure error={templates.error} retry={() => void templates.refetch()} />
              )}
              {templates.data !== undefined && all.length === 0 && (
                <PageState title="No templates yet" action={obstacle === null && newTemplate}>
                  A template is a schedule that is defined once and applied to every tenant with one of its
                  tags. Administrators define them.
                </PageState>
              )}
              {all.length > 0 && rows.length === 0 && (
                <PageState
                  title="Nothing matches"
                  action={<Button onClick={() => change({ q: undefined }, true)}>Clear filters</Button>}
                >
                  None of {all.length.toLocaleString()} templates fits the filter above.
                </PageState>
              )}
              {rows.length > 0 && (
                <TemplateList
                  rows={rows}
                  openId={search.template}
                  busy={changes.progress !== null}
                  onOpen={({ id }) => change({ template: id })}
                  onFocus={({ id }) => setFocusedId(id)}
                  onApply={setApplying}
                />
              )}
            </>
          )}
        </div>
      </div>
      {applying !== null && (
        <ApplyTemplateDialog template={applying} changes={changes} onClose={() => setApplying(null)} />
      )}
      {search.template !== undefined && (
        <OpenedEditor
          key={search.template}
          templateId={search.template}
          templates={all}
          onClose={() => change({ template: undefined })}
        />
      )}
    </Page>
  );
}

/** The editor of the address; a template that somebody removed meanwhile closes nothing that is being typed. */
function OpenedEditor(props: { templateId: string; templates: readonly TemplateRow[]; onClose: () => void }) {
  const listed = props.templates.find(({ id }) => id === props.templateId);
  const [seen, setSeen] = useState(listed);
  if (listed !== undefined && listed !== seen) setSeen(listed);
  if (props.templateId === 'new') return <TemplateEditor template={null} onClose={props.onClose} />;
  const template = listed ?? seen;
  return template === undefined ? null : <TemplateEditor template={template} onClose={props.onClose} />;
}
