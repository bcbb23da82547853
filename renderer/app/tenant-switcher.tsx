import { Combobox, makeStyles, Option, OptionGroup, tokens } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { HealthState, TenantRow } from '../../shared/contract/tenants.ts';
import { shortText } from '../components/tenant-text.tsx';
import { useProcedure } from '../queries/use-procedure.ts';
import { usePreferences } from '../state/preferences.ts';

const useStyles = makeStyles({
  box: { minWidth: 0, width: '100%' },
  dot: { width: '0.75rem', height: '0.75rem', flexShrink: 0 },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  good: { fill: tokens.colorStatusSuccessForeground1 },
  warning: { fill: tokens.colorStatusWarningForeground1 },
  bad: { fill: tokens.colorStatusDangerForeground1 },
  none: { fill: tokens.colorNeutralForeground4 },
});

const healthWords: Readonly<Record<HealthState, string>> = {
  protected: 'protected',
  at_risk: 'at risk',
  unprotected: 'unprotected',
  never_backed_up: 'never backed up',
  disconnected: 'disconnected',
  paused: 'paused',
  no_schedule: 'no schedule',
};
const allTenants = 'all';
/** A list that is longer is searched, not scrolled. */
const mostShown = 50;

/** Scopes every page to one tenant; the choice is in the address. Search, the last five chosen, then all by name. */
export function TenantSwitcher() {
  const styles = useStyles();
  const tenants = useProcedure('tenants.list', {}).data?.rows ?? [];
  const search = useSearch({ strict: false }) as { tenantId?: string };
  const navigate = useNavigate();
  const { recentTenants, rememberTenant } = usePreferences();
  /** What is typed; null while nobody searches. */
  const [typed, setTyped] = useState<string | null>(null);
  const chosen = tenants.find((tenant) => tenant.id === search.tenantId);
  const chosenName = chosen === undefined ? 'All tenants' : shortText(chosen.name);
  const wanted = (typed ?? '').trim().toLowerCase();
  const found = tenants.filter((tenant) => tenant.name.toLowerCase().includes(wanted));
  const recent =
    wanted === '' ? recentTenants.flatMap((id) => tenants.find((tenant) => tenant.id === id) ?? []) : [];
  const others = found.filter((tenant) => !recent.includes(tenant));
  const option = (tenant: TenantRow) => (
    <Option key={tenant.id} value={tenant.id} text={shortText(tenant.name)}>
      <HealthDot state={tenant.health.state} />
      <span className={styles.name}>{shortText(tenant.name)}</span>
    </Option>
  );
  return (
    <Combobox
      id="tenant-switcher"
      aria-label="Tenant"
      className={styles.box}
      input={{ style: { minWidth: 0 } }}
      value={typed ?? chosenName}
      selectedOptions={[chosen?.id ?? allTenants]}
      positioning={{ matchTargetSize: undefined }}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setTyped(event.target.value)}
      onOpenChange={(_event, data) => {
        if (!data.open) setTyped(null);
      }}
      onOptionSelect={(_event, data) => {
        // Typing what begins no name takes back the choice, which is said as a choice of nothing.
        if (data.optionValue === undefined) return;
        const tenantId = data.optionValue === allTenants ? undefined : data.optionValue;
        if (tenantId !== undefined) rememberTenant(tenantId);
        setTyped(null);
        void navigate({ to: '.', search: tenantId === undefined ? {} : { tenantId } } as never);
      }}
    >
      {wanted === '' && (
        <Option key={allTenants} value={allTenants} text="All tenants">
          All tenants
        </Option>
      )}
      {recent.length > 0 && <OptionGroup label="Recent">{recent.map(option)}</OptionGroup>}
      <OptionGroup
        label={
          others.length > mostShown
            ? `First ${mostShown} of ${others.length}; type to find others`
            : 'Tenants'
        }
      >
        {others.slice(0, mostShown).map(option)}
      </OptionGroup>
      {found.length === 0 && (
        <Option key="none" value="none" text="" disabled>
          No tenant has this in its name.
        </Option>
      )}
    </Combobox>
  );
}

/** Shape and word beside the colour: a disc, a triangle, a square or a ring. */
function HealthDot({ state }: { state: HealthState }) {
  const styles = useStyles();
  const word = healthWords[state];
  const kind =
    state === 'protected'
      ? 'good'
      : state === 'at_risk'
        ? 'warning'
        : state === 'paused' || state === 'no_schedule'
          ? 'none'
          : 'bad';
  return (
    <svg viewBox="0 0 12 12" className={styles.dot} role="img" aria-label={word}>
      <title>{word}</title>
      {kind === 'good' && <circle cx="6" cy="6" r="5" className={styles.good} />}
      {kind === 'warning' && <path d="M6 1 L11 11 H1 Z" className={styles.warning} />}
      {kind === 'bad' && <rect x="1" y="1" width="10" height="10" className={styles.bad} />}
      {kind === 'none' && <path d="M6 1a5 5 0 1 0 .01 0zm0 2a3 3 0 1 1-.01 0z" className={styles.none} />}
    </svg>
  );
}
