import { AppError } from '../../../shared/errors.ts';
import { listBackupSets } from '../../db/repositories/backup-sets.ts';
import { listRetentionDefaults, setDefaultRetention } from '../../db/repositories/retention-defaults.ts';
import { listScheduleOverviews } from '../../db/repositories/schedule-overviews.ts';
import { planRetentionOfSchedule } from '../../engine/backup/apply-retention.ts';
import type { Handlers } from '../router.ts';

const mostNamed = 10;

type RetentionProcedure = 'defaults' | 'set-workspace-default' | 'set-tenant-default' | 'preview';

/** Defaults of retention, and its dry run by the very function that removes. */
export const retentionHandlers: Pick<Handlers, `retention.${RetentionProcedure}`> = {
  'retention.defaults': async ({ session }) => {
    const defaults = await listRetentionDefaults(session.database);
    const workspace = defaults.find(({ tenantId }) => tenantId === null);
    if (workspace === undefined) {
      throw new AppError('technician_unknown', 'This login is no technician of the workspace.');
    }
    return {
      workspace: workspace.rule,
      tenants: defaults.flatMap(({ tenantId, tenantName, rule }) =>
        tenantId === null || tenantName === null ? [] : [{ tenantId, tenantName, rule }],
      ),
    };
  },
  'retention.set-workspace-default': async ({ session }, { rule }) => {
    await setDefaultRetention(session.database, null, rule);
    return { rule };
  },
  'retention.set-tenant-default': async ({ session }, { tenantId, rule }) => {
    await setDefaultRetention(session.database, tenantId, rule);
    return { rule };
  },
  'retention.preview': async ({ session }, { tenantId, rule }) => {
    const sql = session.database;
    const schedules = await listScheduleOverviews(sql, { tenantId, scheduleId: null });
    const previews = [];
    for (const { scheduleId, name } of schedules) {
      const plan = await planRetentionOfSchedule(sql, { tenantId, scheduleId }, rule);
      const sets = await listBackupSets(sql, tenantId, { scheduleId });
      previews.push({
        scheduleId,
        scheduleName: name,
        keeps: plan.kept.size,
        goes: plan.pruned.length,
        nextToGo: plan.pruned.slice(0, mostNamed).flatMap((id) => {
          const set = sets.find((candidate) => candidate.id === id);
          return set === undefined ? [] : [{ backupSetId: id, sealedAt: set.sealedAt }];
        }),
      });
    }
    return { schedules: previews };
  },
};
