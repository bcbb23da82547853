import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import type { BackupSetAddress } from '../db/repositories/backup-set-lookup.ts';
import { listBackupSets, type StoredSet } from '../db/repositories/backup-sets.ts';
import { type ImportedSet, listImportedSets } from '../db/repositories/imported-sets.ts';
import { type KeptSet, type KeptSetPart, readKeptParts, readKeptSet } from '../db/repositories/kept-sets.ts';
import { reportAuditEvent } from '../db/repositories/audit-trail.ts';
import { recordSetVerifications } from '../db/repositories/set-verifications.ts';
import { listTenants } from '../db/repositories/tenants.ts';
import { compareSets } from '../engine/backup/compare-sets.ts';
import { exportBackupSet, exportBackupSetAsZip, refuseExisting } from '../engine/backup/export.ts';
import { loadManifests } from '../engine/backup/stored-documents.ts';
import { findingsOf, verifyBackupSets, type VerifyReport } from '../engine/backup/verify.ts';
import { withDatabase } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { findSchedule, findTenant } from './find-by-name.ts';
import { findSet, setArgument, type SetOptions, withSetOptions } from './find-set.ts';
import { addDeleteImportCommand, addImportCommand, importDocument } from './import-set-commands.ts';
import { facts, table } from './output.ts';
import { usageError, wholeNumber } from './usage-error.ts';

/** `backup-sets list|show|diff|verify|export|import|delete-import`. */
export function addBackupSetsCommands(program: Command, exit: ExitStatus): void {
  const sets = program
    .command('backup-sets')
    .alias('sets')
    .description('Sealed copies of a tenant’s configuration');

  sets
    .command('list')
    .description('List backup sets, oldest first')
    .option('--tenant <name>', 'tenant, by name or id; default: all')
    .option('--schedule <name>', 'schedule of that tenant')
    .option('--limit <count>', 'the newest so many of each tenant', '100')
    .addHelpText('after', '\nExample:\n  tenantkeep backup-sets list --tenant Contoso')
    .action(async (options: { tenant?: string; schedule?: string; limit: string }, command: Command) => {
      const limit = wholeNumber(options.limit, '--limit', 1, 10_000);
      await withDatabase(command, async ({ database, output }) => {
        const tenants =
          options.tenant === undefined
            ? await listTenants(database)
            : [await findTenant(database, options.tenant)];
        const rows: { tenantName: string; set: StoredSet }[] = [];
        const imports: { tenantName: string; set: ImportedSet }[] = [];
        for (const tenant of tenants) {
          const schedule =
            options.schedule === undefined ? null : await findSchedule(database, tenant, options.schedule);
          const filter = { limit, ...(schedule === null ? {} : { scheduleId: schedule.scheduleId }) };
          for (const set of await listBackupSets(database, tenant.tenantId, filter)) {
            rows.push({ tenantName: tenant.name, set });
          }
          if (schedule !== null) continue;
          for (const set of await listImportedSets(database, tenant.tenantId)) {
            imports.push({ tenantName: tenant.name, set });
          }
        }
        const document = {
          backupSets: rows.map(({ tenantName, set }) => setDocument(set, tenantName)),
          imports: imports.map(({ tenantName, set }) => importDocument(set, tenantName)),
        };
        output.result(document, () => [
          ...table(
            rows,
            [
              { title: 'Sealed', value: ({ set }) => set.sealedAt },
              { title: 'Tenant', value: ({ tenantName }) => tenantName },
              { title: 'No', value: ({ set }) => set.sequence, align: 'right' },
              { title: 'Complete', value: ({ set }) => set.complete },
              { title: 'Items', value: ({ set }) => set.items, align: 'right' },
              { title: 'Added', value: ({ set }) => set.added, align: 'right' },
              { title: 'Changed', value: ({ set }) => set.changed, align: 'right' },
              { title: 'Removed', value: ({ set }) => set.removed, align: 'right' },
              { title: 'Set', value: ({ set }) => set.id },
            ],
            'No backup sets.',
          ),
          ...(imports.length === 0 ? [] : ['', ...importTable(imports)]),
        ]);
      });
    });

  withSetOptions(sets.command('show'))
    .description('Show a set: its policy types and, with --json, every item')
    .argument('<set>', setArgument)
    .addHelpText('after', '\nExample:\n  tenantkeep backup-sets show latest --tenant Contoso --json')
    .action(async (given: string, options: SetOptions, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const address = await findSet(database, given, options);
        const { set, parts } = await readWhole(database, address);
        const manifests = await loadManifests(
          database,
          address.tenantId,
          parts.flatMap((part) => (part.manifest === null ? [] : [part.manifest])),
        );
        const itemsOf = (part: KeptSetPart) =>
          part.manifest === null ? [] : (manifests.get(part.manifest) ?? []);
        output.result(
          {
            ...keptDocument(set, address.tenantName),
            types: parts.map((part) => ({
              key: part.typeKey,
              outcome: part.outcome,
              reason: part.reason,
              expected: part.expected,
              captured: part.captured,
              failed: part.failed,
              manifest: part.manifest,
            })),
            items: parts.flatMap((part) =>
              itemsOf(part).map((item) => ({
                type: part.typeKey,
                id: item.id,
                name: item.name,
                hash: item.hash,
              })),
            ),
          },
          () => [
            ...facts(keptFacts(set, address)),
            '',
            ...table(
              parts,
              [
                { title: 'Type', value: (part) => part.typeKey },
                { title: 'Outcome', value: (part) => part.outcome },
                { title: 'Items', value: (part) => part.captured, align: 'right' },
                { title: 'Failed', value: (part) => part.failed, align: 'right' },
                { title: 'Reason', value: (part) => part.reason ?? '' },
              ],
              'No policy types.',
            ),
          ],
        );
      });
    });

  withSetOptions(sets.command('diff'))
    .description('Objects that differ between two sets')
    .argument('<before>', setArgument)
    .argument('<after>', setArgument)
    .addHelpText('after', '\nExample:\n  tenantkeep backup-sets diff 1b2c3d4e latest --tenant Contoso')
    .action(async (before: string, after: string, options: SetOptions, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const former = await findSet(database, before, options);
        const later = await findSet(database, after, options);
        const diff = await compareSets(database, former, later);
        const rows = diff.compared.flatMap((type) =>
          (['added', 'changed', 'removed'] as const).flatMap((kind) =>
            type[kind].map((item) => ({ typeKey: type.typeKey, kind, item })),
          ),
        );
        output.result(
          {
            before: former.setId,
            after: later.setId,
            pairedBy: diff.pairedBy,
            counts: diff.counts,
            differences: rows.map(({ typeKey, kind, item }) => ({
              type: typeKey,
              id: item.idAfter ?? item.idBefore,
              name: item.name,
              difference: kind,
              hashBefore: item.hashBefore,
              hashAfter: item.hashAfter,
            })),
            notCompared: diff.notCompared,
          },
          () => [
            ...table(
              rows,
              [
                { title: 'Difference', value: ({ kind }) => kind },
                { title: 'Type', value: ({ typeKey }) => typeKey },
                { title: 'Name', value: ({ item }) => item.name },
                { title: 'Id', value: ({ item }) => item.idAfter ?? item.idBefore },
              ],
              'No differences in the policy types that are complete in both sets.',
            ),
            ...diff.notCompared.map(({ typeKey, reason }) => `Not compared: ${typeKey} (${reason})`),
          ],
        );
      });
    });

  sets
    .command('verify')
    .description('Recompute sets from their stored bytes; exit code 5 where anything is damaged')
    .argument('[set]', `${setArgument}; default: all sets`)
    .option('--tenant <name>', 'tenant, by name or id; default: all')
    .addHelpText('after', '\nExample:\n  tenantkeep backup-sets verify --tenant Contoso')
    .action(async (given: string | undefined, options: SetOptions, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const one = given === undefined ? null : await findSet(database, given, options);
        const all = await listTenants(database);
        const chosen =
          one !== null
            ? all.filter((tenant) => tenant.tenantId === one.tenantId)
            : options.tenant === undefined
              ? all
              : [await findTenant(database, options.tenant)];
        const reports: { tenant: (typeof all)[number]; report: VerifyReport }[] = [];
        for (const tenant of chosen) {
          output.progress(`Verifying ${tenant.name} …`);
          const report = await verifyBackupSets(
            database,
            tenant.tenantId,
            one === null ? 'all' : { setIds: [one.setId] },
          );
          reports.push({ tenant, report });
          if (tenant.myRole !== null) {
            await recordSetVerifications(database, tenant.tenantId, findingsOf(report), null);
          }
        }
        const damages = reports.flatMap(({ tenant, report }) =>
          report.damages.map((damage) => ({ tenant: tenant.name, ...damage })),
        );
        if (damages.length > 0) exit.code = exitCodes.runFailed;
        const sum = (of: (report: VerifyReport) => number) =>
          reports.reduce((total, { report }) => total + of(report), 0);
        output.result(
          {
            sets: sum((report) => report.setsVerified),
            damaged: sum((report) => report.setsDamaged),
            items: sum((report) => report.itemsVerified),
            payloads: sum((report) => report.payloadsVerified),
            damages,
          },
          () => [
            ...reports.map(
              ({ tenant, report }) =>
                `${tenant.name}: ${report.setsVerified} sets, ${report.itemsVerified} items, ${report.damages.length} damages.`,
            ),
            ...damages.map((damage) => `${damage.tenant}: ${damage.sentence}`),
          ],
        );
      });
    });

  withSetOptions(sets.command('export'))
    .description('Write a set as files: type/slug_id.json, manifest and hashes')
    .argument('<set>', setArgument)
    .option('--out <directory>', 'directory to make; must not exist yet')
    .option('--zip <file>', 'ZIP file to make instead; must not exist yet')
    .addHelpText(
      'after',
      '\nExamples:\n  tenantkeep backup-sets export latest --tenant Contoso --out contoso-export\n' +
        '  tenantkeep backup-sets export latest --tenant Contoso --zip contoso.zip',
    )
    .action(async (given: string, options: SetOptions & { out?: string; zip?: string }, command: Command) => {
      const write = exportTarget(options);
      await withDatabase(command, async ({ database, output }) => {
        const address = await findSet(database, given, options);
        const { place, ...report } = await write(database, address);
        await reportAuditEvent(database, {
          tenantId: address.tenantId,
          action: 'set.exported',
          targetKind: 'backup_set',
          targetId: address.setId,
          detail: { objects: report.objects, rootHash: report.rootHash },
        });
        output.result({ backupSet: address.setId, ...report }, () => [
          `${report.objects} objects written to ${place}.`,
        ]);
      });
    });

  addImportCommand(sets);
  addDeleteImportCommand(sets);
}

/** Where an export goes; refuses none and both, and a file that is there already. */
function exportTarget(options: { out?: string; zip?: string }) {
  const { out, zip } = options;
  if ((out === undefined) === (zip === undefined)) throw usageError('Either --out or --zip is needed.');
  return async (database: Sql, address: BackupSetAddress) => {
    if (zip === undefined) {
      const report = await exportBackupSet(database, address, out!);
      return { ...report, place: report.directory };
    }
    await refuseExisting(zip);
    const report = await exportBackupSetAsZip(database, address, zip);
    return { ...report, place: report.file };
  };
}

async function readWhole(
  database: Sql,
  address: BackupSetAddress,
): Promise<{ set: KeptSet; parts: KeptSetPart[] }> {
  const set = await readKeptSet(database, address.tenantId, address.setId);
  if (set === null) {
    throw new AppError('backup_set_not_found', 'The backup set was removed meanwhile.', {
      nextStep: 'Run "tenantkeep backup-sets list" to see what there is.',
    });
  }
  return { set, parts: await readKeptParts(database, set) };
}

function importTable(imports: readonly { tenantName: string; set: ImportedSet }[]): string[] {
  return table(
    imports,
    [
      { title: 'Taken', value: ({ set }) => set.takenAt },
      { title: 'Tenant', value: ({ tenantName }) => tenantName },
      { title: 'Imported from', value: ({ set }) => set.tool },
      { title: 'Folder', value: ({ set }) => set.folder },
      { title: 'Items', value: ({ set }) => set.items, align: 'right' },
      { title: 'Left out', value: ({ set }) => set.leftOut, align: 'right' },
      { title: 'Set', value: ({ set }) => set.id },
    ],
    'No imports.',
  );
}

function keptDocument({ origin }: KeptSet, tenantName: string): object {
  return origin.kind === 'run'
    ? { backupSet: setDocument(origin.set, tenantName) }
    : { importedSet: importDocument(origin.set, tenantName) };
}

function keptFacts(
  { id, items, root, origin }: KeptSet,
  address: BackupSetAddress,
): Parameters<typeof facts>[0] {
  if (origin.kind === 'import') {
    const { tool, folder, takenAt, importedAt, importedBy, leftOut } = origin.set;
    return [
      ['imported set', id],
      ['tenant', address.tenantName],
      ['exported by', tool],
      ['folder', folder],
      ['taken', takenAt],
      ['imported', `${importedAt} by ${importedBy}`],
      ['complete', 'nothing proves it'],
      ['items', items],
      ['files left out', leftOut],
      ['root hash', root],
    ];
  }
  const { sequence, sealedAt, complete, previousSetId } = origin.set;
  return [
    ['backup set', id],
    ['tenant', address.tenantName],
    ['schedule', address.scheduleName],
    ['number', sequence],
    ['sealed', sealedAt],
    ['complete', complete],
    ['items', items],
    ['root hash', root],
    ['previous set', previousSetId],
  ];
}

function setDocument(set: StoredSet, tenantName: string): object {
  return {
    id: set.id,
    tenant: { id: set.tenantId, name: tenantName },
    scheduleId: set.scheduleId,
    runId: set.runId,
    sequence: set.sequence,
    sealedAt: set.sealedAt,
    complete: set.complete,
    items: set.items,
    added: set.added,
    changed: set.changed,
    removed: set.removed,
    newBytes: set.newBytes,
    rootHash: set.root,
    previousSetId: set.previousSetId,
    pinned: set.pinnedAt !== null,
  };
}
