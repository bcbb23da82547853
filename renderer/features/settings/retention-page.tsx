import {
  Button,
  Field,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
  SpinButton,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { RetentionRule } from '../../../shared/model/run-spec.ts';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { SettingsFrame } from './settings-frame.tsx';

const useStyles = makeStyles({
  section: { display: 'grid', gap: tokens.spacingVerticalM, justifyItems: 'start' },
  rule: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM, alignItems: 'end' },
  number: { width: '7rem' },
  list: { margin: 0 },
});

/** What new schedules keep, in the workspace and tenant by tenant, and what a rule would remove now. */
export function RetentionPage() {
  const styles = useStyles();
  const defaults = useProcedure('retention.defaults', {});
  return (
    <SettingsFrame path="/settings/retention">
      {defaults.isPending && <LoadingRows label="Retention is being read" />}
      {defaults.isError && <LoadFailure error={defaults.error} retry={() => void defaults.refetch()} />}
      {defaults.data !== undefined && (
        <>
          <section className={styles.section} aria-label="Workspace default">
            <Text as="h4" weight="semibold">
              Workspace default
            </Text>
            <Text>
              A new schedule starts with this rule. Schedules that exist keep theirs. Pinned sets and the
              newest complete copy of each policy type are never removed.
            </Text>
            <Text>
              Whole schedules are defined for many tenants on the page{' '}
              <PageLink to="/schedules/templates" search={{}}>
                Schedule templates
              </PageLink>
              .
            </Text>
            <WorkspaceDefault key={JSON.stringify(defaults.data.workspace)} rule={defaults.data.workspace} />
          </section>
          <TenantDefault defaults={defaults.data} />
        </>
      )}
    </SettingsFrame>
  );
}

const parts = [
  ['keepLast', 'Last sets', 1],
  ['daily', 'Daily', 0],
  ['weekly', 'Weekly', 0],
  ['monthly', 'Monthly', 0],
] as const;

function RuleFields({ rule, onChange }: { rule: RetentionRule; onChange: (rule: RetentionRule) => void }) {
  const styles = useStyles();
  return (
    <>
      {parts.map(([part, label, least]) => (
        <Field key={part} label={label}>
          <SpinButton
            className={styles.number}
            min={least}
            max={10_000}
            value={rule[part] ?? 0}
            onChange={(_event, data) => {
              const given = Math.round(data.value ?? Number(data.displayValue));
              if (Number.isFinite(given)) {
                onChange({ ...rule, [part]: Math.min(10_000, Math.max(least, given)) });
              }
            }}
          />
        </Field>
      ))}
    </>
  );
}

function WorkspaceDefault({ rule: stored }: { rule: RetentionRule }) {
  const styles = useStyles();
  const [rule, setRule] = useState(stored);
  const save = useProcedureMutation('retention.set-workspace-default', ['retention']);
  return (
    <>
      <div className={styles.rule}>
        <RuleFields rule={rule} onChange={setRule} />
        <PermittedButton
          permission="workspace.defaults"
          tenantId={null}
          disabled={save.isPending || JSON.stringify(rule) === JSON.stringify(stored)}
          onClick={() => save.mutate({ rule })}
        >
          Save default
        </PermittedButton>
      </div>
      <Problem error={save.error} />
    </>
  );
}

function TenantDefault({
  defaults,
}: {
  defaults: {
    workspace: RetentionRule;
    tenants: { tenantId: string; tenantName: string; rule: RetentionRule }[];
  };
}) {
  const styles = useStyles();
  const search = useSearch({ strict: false }) as { tenantId?: string };
  const navigate = useNavigate();
  const me = useProcedure('session.me', {});
  const memberships = me.data?.memberships ?? [];
  const tenant = memberships.find(({ tenantId }) => tenantId === search.tenantId) ?? memberships[0];
  if (tenant === undefined) {
    return (
      <PageState title="No tenant to look at">
        Rules of a tenant, and what they would remove, are for people with a role in it.
      </PageState>
    );
  }
  const own = defaults.tenants.find(({ tenantId }) => tenantId === tenant.tenantId)?.rule ?? null;
  return (
    <section className={styles.section} aria-label="Tenant">
      <Text as="h4" weight="semibold">
        One tenant
      </Text>
      <Field label="Tenant">
        <Select
          value={tenant.tenantId}
          onChange={(_event, data) =>
            void navigate({ to: '/settings/retention', search: { tenantId: data.value } } as never)
          }
        >
          {memberships.map(({ tenantId, tenantName }) => (
            <option key={tenantId} value={tenantId}>
              {shortText(tenantName)}
            </option>
          ))}
        </Select>
      </Field>
      <TenantRule
        key={`${tenant.tenantId} ${JSON.stringify(own)}`}
        tenantId={tenant.tenantId}
        own={own}
        workspace={defaults.workspace}
      />
    </section>
  );
}

function TenantRule({
  tenantId,
  own,
  workspace,
}: {
  tenantId: string;
  own: RetentionRule | null;
  workspace: RetentionRule;
}) {
  const styles = useStyles();
  const [rule, setRule] = useState(own ?? workspace);
  const save = useProcedureMutation('retention.set-tenant-default', ['retention']);
  return (
    <>
      <Text>
        {own === null
          ? 'New schedules of this tenant follow the workspace.'
          : 'This tenant has a rule of its own for new schedules.'}
      </Text>
      <div className={styles.rule}>
        <RuleFields rule={rule} onChange={setRule} />
        <PermittedButton
          permission="retention.edit"
          tenantId={tenantId}
          disabled={save.isPending || JSON.stringify(rule) === JSON.stringify(own)}
          onClick={() => save.mutate({ tenantId, rule })}
        >
          Save rule of the tenant
        </PermittedButton>
        {own !== null && (
          <PermittedButton
            permission="retention.edit"
            tenantId={tenantId}
            disabled={save.isPending}
            onClick={() => save.mutate({ tenantId, rule: null })}
          >
            Follow the workspace
          </PermittedButton>
        )}
      </div>
      <Problem error={save.error} />
      <DryRun tenantId={tenantId} rule={rule} />
    </>
  );
}

/** What the rule above would do to the sets of today; it removes nothing. */
function DryRun({ tenantId, rule }: { tenantId: string; rule: RetentionRule }) {
  const styles = useStyles();
  const [tried, setTried] = useState<RetentionRule | null>(null);
  const preview = useProcedure(
    'retention.preview',
    { tenantId, rule: tried ?? rule },
    { enabled: tried !== null },
  );
  return (
    <>
      <Button disabled={preview.isFetching} onClick={() => setTried(rule)}>
        Try this rule on the sets of today
      </Button>
      <Problem error={preview.error} />
      {tried !== null && preview.data?.schedules.length === 0 && <Text>This tenant has no schedule.</Text>}
      {tried !== null && preview.data !== undefined && preview.data.schedules.length > 0 && (
        <ul className={styles.list} aria-label="What the rule would do">
          {preview.data.schedules.map(({ scheduleId, scheduleName, keeps, goes, nextToGo }) => (
            <li key={scheduleId}>
              <TenantText text={scheduleName} />: would keep {keeps} {keeps === 1 ? 'set' : 'sets'},{' '}
              {goes === 0 ? (
                'and remove none'
              ) : (
                <>
                  and remove {goes}; next to go: <InstantText iso={nextToGo[0]?.sealedAt ?? null} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Problem({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <MessageBar intent="error">
      <MessageBarBody>{error.message}</MessageBarBody>
    </MessageBar>
  );
}
