import { runMeasurements } from '../support/measurement-runner.ts';
import { benchRecord } from '../support/figures-sections.ts';
import { auditExport, auditTrail } from './audit-trail.ts';
import { capacity } from './capacity.ts';
import { captureThroughput } from './capture-throughput.ts';
import { setComparison, setSearch } from './compare-sets.ts';
import { emptyRuns } from './empty-runs.ts';
import { firstLoad } from './first-load.ts';
import { freshness } from './freshness.ts';
import { rowLevelSecurityCost } from './rls-cost.ts';
import { runsPage } from './runs-page.ts';
import { serviceStart } from './service-start.ts';
import { slotPreview } from './slot-preview.ts';
import { tenantBackup } from './tenant-backup.ts';
import { tick, tickOfSixHosts } from './tick.ts';
import { unchangedBackup } from './unchanged-backup.ts';

await runMeasurements(
  'bench',
  [
    tick,
    tickOfSixHosts,
    emptyRuns,
    tenantBackup,
    captureThroughput,
    unchangedBackup,
    setComparison,
    setSearch,
    auditTrail,
    auditExport,
    slotPreview,
    runsPage,
    firstLoad,
    freshness,
    serviceStart,
    rowLevelSecurityCost,
    capacity,
  ],
  benchRecord,
);
