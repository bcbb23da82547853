import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import { findBackupSets, type BackupSetAddress } from '../db/repositories/backup-set-lookup.ts';
import { findOne, findSchedule, findTenant } from './find-by-name.ts';
import { usageError } from './usage-error.ts';

export const setArgument = 'id of the set, its first 8 characters, or "latest" together with --tenant';

export interface SetOptions {
  tenant?: string;
  schedule?: string;
}

export function withSetOptions(command: Command): Command {
  return command
    .option('--tenant <name>', 'tenant, by name or id; needed for "latest"')
    .option('--schedule <name>', 'schedule of that tenant, for "latest"');
}

/** The set of that id, or the newest that a run sealed. Throws `backup_set_not_found`, `name_ambiguous`. */
export async function findSet(database: Sql, given: string, options: SetOptions): Promise<BackupSetAddress> {
  const tenant = options.tenant === undefined ? null : await findTenant(database, options.tenant);
  const schedule =
    tenant === null || options.schedule === undefined
      ? null
      : await findSchedule(database, tenant, options.schedule);
  const filter = { tenantId: tenant?.tenantId ?? null, scheduleId: schedule?.scheduleId ?? null };
  if (given.trim().toLowerCase() === 'latest') {
    if (tenant === null) throw usageError('"latest" needs --tenant.');
    const [newest] = await findBackupSets(database, { ...filter, idPrefix: '' }, 1);
    if (newest !== undefined) return newest;
    throw new AppError('backup_set_not_found', `${tenant.name} has no backup set yet.`, {
      nextStep: 'Start a run with "tenantkeep run-now".',
    });
  }
  const prefix = given.trim().toLowerCase();
  const candidates =
    prefix.length < 8 ? [] : await findBackupSets(database, { ...filter, idPrefix: prefix }, 20);
  return findOne(candidates, given, {
    noun: 'backup set',
    code: 'backup_set',
    id: (set) => set.setId,
    name: (set) => `${set.tenantName} ${set.sequence ?? set.scheduleName}`,
    listCommand: 'backup-sets list',
  });
}
