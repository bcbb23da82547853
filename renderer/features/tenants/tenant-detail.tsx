import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { AccessCheckView } from '../../components/connect/access-check-view.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { TenantAudit } from './tenant-audit.tsx';
import { TenantMembers } from './tenant-members.tsx';
import { TenantRuns } from './tenant-runs.tsx';
import { TenantSchedules } from './tenant-schedules.tsx';
import { TenantSummary } from './tenant-summary.tsx';
import { type TenantTab, tenantTabs } from './tenants-view.ts';

const useStyles = makeStyles({
  tabs: { flexWrap: 'wrap', marginBottom: tokens.spacingVerticalL },
  panel: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
});

const tabWords: Readonly<Record<TenantTab, string>> = {
  summary: 'Summary',
  schedules: 'Schedules',
  runs: 'Runs',
  access: 'Access check',
  members: 'Members',
  audit: 'Audit',
};

interface TenantDetailProps {
  tenant: TenantRow;
  tab: TenantTab;
  onTab: (tab: TenantTab) => void;
  onClose: () => void;
}

/** Everything about one tenant, in tabs that the address remembers. */
export function TenantDetail({ tenant, tab, onTab, onClose }: TenantDetailProps) {
  const styles = useStyles();
  return (
    <DetailDrawer title={<TenantText text={tenant.name} />} open onClose={onClose}>
      <TabList
        className={styles.tabs}
        selectedValue={tab}
        onTabSelect={(_event, data) => onTab(data.value as TenantTab)}
      >
        {tenantTabs.map((value) => (
          <Tab key={value} id={`tenant-tab-${value}`} value={value}>
            {tabWords[value]}
          </Tab>
        ))}
      </TabList>
      <div role="tabpanel" aria-labelledby={`tenant-tab-${tab}`} className={styles.panel}>
        {tab === 'summary' && <TenantSummary tenant={tenant} onClose={onClose} />}
        {tab === 'schedules' && <TenantSchedules tenantId={tenant.id} />}
        {tab === 'runs' && <TenantRuns tenantId={tenant.id} />}
        {tab === 'access' && <AccessCheckView tenantId={tenant.id} />}
        {tab === 'members' && <TenantMembers tenantId={tenant.id} />}
        {tab === 'audit' && <TenantAudit tenantId={tenant.id} />}
      </div>
    </DetailDrawer>
  );
}
