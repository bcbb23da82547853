import type { Command } from 'commander';
import { exportTools } from '../../shared/model/export-tools.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import { openHostStore } from '../composition.ts';
import { deleteImportedSet, type ImportedSet, requestSetImport } from '../db/repositories/imported-sets.ts';
import { readKeptSet } from '../db/repositories/kept-sets.ts';
import type { Tenant } from '../db/repositories/tenants.ts';
import { findPolicyType } from '../domain/policy-types/registry.ts';
import type { CollectedFolder } from '../engine/import/collect-objects.ts';
import { readExportFolder } from '../engine/import/read-folder.ts';
import { nothingFound, storeImport, type StoredImport } from '../engine/import/store-import.ts';
import { type CommandContext, withDatabase } from './command-context.ts';
import { findTenant } from './find-by-name.ts';
import { findSet, setArgument, type SetOptions } from './find-set.ts';
import { facts, table } from './output.ts';
import { givenInstant, oneOf, usageError } from './usage-error.ts';

interface ImportOptions {
  tenant: string;
  tool: string;
  takenAt?: string;
  dryRun?: boolean;
}

/** Left-out files that the table names; the JSON document names all. */
const shownLeftOut = 50;

/**
 * `backup-sets import`. The person's own login asks for the import, which checks the role and writes the audit event
 * with the person as its actor; this computer's host login then stores the objects against that request. Neither can
 * do it alone: people write no content, and a host imports nothing that nobody asked for.
 */
export function addImportCommand(sets: Command): void {
  sets
    .command('import')
    .description('Keep a folder that another tool exported as a read-only set')
    .argument('<folder>', 'folder into which the tool exported one tenant')
    .requiredOption('--tenant <name>', 'tenant that the folder is of, by name or id')
    .option('--tool <tool>', `auto, ${exportTools.join(', ')}`, 'auto')
    .option(
      '--taken-at <time>',
      'when the tool read the tenant, ISO 8601 with offset; default: time of the newest file',
    )
    .option('--dry-run', 'show what would be imported, and change nothing')
    .addHelpText(
      'after',
      '\nAn import proves nothing about completeness and counts for no health, schedule or retention.' +
        '\nIt needs the role manager or owner in the tenant, on a computer that is a host.' +
        '\n\nExamples:\n  tenantkeep backup-sets import exported --tenant Contoso --dry-run' +
        '\n  tenantkeep backup-sets import exported --tenant Contoso --tool IntuneCD --taken-at 2024-05-03T02:00:00Z',
    )
    .action(async (folder: string, options: ImportOptions, command: Command) => {
      const tool = oneOf(options.tool, '--tool', ['auto', ...exportTools]);
      const given = options.takenAt === undefined ? null : givenInstant(options.takenAt, '--taken-at');
      await withDatabase(command, async (context) => {
        const tenant = await findTenant(context.database, options.tenant);
        context.output.progress(`Reading ${folder} …`);
        const collected = await readExportFolder(folder, tool);
        const takenAt = given ?? (collected.newestMs === null ? null : instantFromMs(collected.newestMs));
        if (takenAt === null) {
          for (const line of leftOutTable(collected.leftOut)) context.output.progress(line);
          throw nothingFound();
        }
        const stored = options.dryRun === true ? null : await carryOut(context, tenant, collected, takenAt);
        report(context, { tenant, collected, takenAt, isGiven: given !== null, stored });
      });
    });
}

async function carryOut(
  { database, workspace, access, output }: CommandContext,
  tenant: Tenant,
  collected: CollectedFolder,
  takenAt: Date,
): Promise<StoredImport> {
  const host = await openHostStore(workspace, access);
  try {
    const { tenantId } = tenant;
    const { tool, folder } = collected;
    const requestId = await requestSetImport(database, { tenantId, tool, folder, takenAt });
    output.progress(`Storing ${collected.objects.length} objects …`);
    return await storeImport(host.database, host.secrets, { requestId, tenantId }, collected);
  } finally {
    await host.database.close();
  }
}

interface ImportReport {
  tenant: Tenant;
  collected: CollectedFolder;
  takenAt: Date;
  isGiven: boolean;
  /** Null for a dry run. */
  stored: StoredImport | null;
}

function report({ output }: CommandContext, done: ImportReport): void {
  const { tenant, collected, takenAt, isGiven, stored } = done;
  const leftOut = stored?.leftOut ?? collected.leftOut;
  const types = [...Map.groupBy(collected.objects, (object) => object.typeKey)]
    .map(([key, objects]) => ({
      key,
      known: objects[0]!.type !== null,
      objects: objects.length,
      withoutId: objects.filter((object) => object.madeId).length,
    }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  output.result(
    {
      dryRun: stored === null,
      tenant: { id: tenant.tenantId, name: tenant.name },
      tool: collected.tool,
      folder: collected.folder,
      takenAt: takenAt.toISOString(),
      takenAtFrom: isGiven ? 'option' : 'newest_file',
      files: collected.files,
      objects: stored?.items ?? collected.objects.length,
      types,
      leftOut,
      importedSet:
        stored === null ? null : { id: stored.setId, rootHash: stored.root, newBytes: stored.newBytes },
    },
    () => [
      ...facts([
        ['tenant', tenant.name],
        ['exported by', collected.tool],
        ['folder', collected.folder],
        [
          'taken',
          `${takenAt.toISOString()} (${isGiven ? 'as given' : 'time of the newest file; --taken-at says otherwise'})`,
        ],
        ['files read', collected.files],
        ...(stored === null
          ? []
          : ([
              ['imported set', stored.setId],
              ['root hash', stored.root],
            ] as const)),
      ]),
      '',
      ...table(
        types,
        [
          { title: 'Policy type', value: (type) => findPolicyType(type.key)?.displayName ?? type.key },
          { title: 'Objects', value: (type) => type.objects, align: 'right' },
          { title: 'Without id', value: (type) => type.withoutId, align: 'right' },
          { title: 'Note', value: (type) => (type.known ? '' : 'not known to this version; kept as it is') },
        ],
        'No objects.',
      ),
      '',
      ...leftOutTable(leftOut),
      ...(stored === null
        ? ['Nothing was changed: this was a dry run.']
        : [
            `${stored.items} objects are kept. Nothing proves that the export was complete, so the set counts for no health and no retention.`,
          ]),
    ],
  );
}

function leftOutTable(leftOut: readonly { path: string; reason: string }[]): string[] {
  if (leftOut.length === 0) return ['Every file was understood.'];
  const more = leftOut.length - shownLeftOut;
  return [
    `${leftOut.length} files were left out:`,
    ...table(
      leftOut.slice(0, shownLeftOut),
      [
        { title: 'File', value: (file) => file.path },
        { title: 'Reason', value: (file) => file.reason },
      ],
      '',
    ),
    ...(more > 0 ? [`and ${more} more; --json lists all of them.`] : []),
  ];
}

/** `backup-sets delete-import`: only imports are deleted; retention alone removes what runs sealed. */
export function addDeleteImportCommand(sets: Command): void {
  sets
    .command('delete-import')
    .description('Delete an imported set for good')
    .argument('<set>', setArgument.replace(', or "latest" together with --tenant', ''))
    .option('--tenant <name>', 'tenant, by name or id')
    .option('--yes', 'really delete it')
    .addHelpText('after', '\nExample:\n  tenantkeep backup-sets delete-import 1b2c3d4e --yes')
    .action(async (given: string, options: SetOptions & { yes?: boolean }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const address = await findSet(database, given, options);
        const origin = (await readKeptSet(database, address.tenantId, address.setId))?.origin;
        if (origin?.kind !== 'import') {
          throw usageError('Only imported sets are deleted; sets of runs are removed by retention.');
        }
        const { tool, folder, items } = origin.set;
        if (options.yes !== true) {
          throw usageError(
            `This deletes the import of ${folder} from ${tool} with ${items} objects of ${address.tenantName} for good.`,
            'Add --yes to delete it.',
          );
        }
        await deleteImportedSet(database, address.tenantId, address.setId);
        output.result({ deleted: importDocument(origin.set, address.tenantName) }, () => [
          `The import of ${folder} from ${tool} with ${items} objects of ${address.tenantName} was deleted.`,
        ]);
      });
    });
}

/** An imported set as JSON answers show it. */
export function importDocument(set: ImportedSet, tenantName: string): object {
  return {
    id: set.id,
    tenant: { id: set.tenantId, name: tenantName },
    tool: set.tool,
    folder: set.folder,
    takenAt: set.takenAt,
    importedAt: set.importedAt,
    importedBy: set.importedBy,
    files: set.files,
    items: set.items,
    leftOut: set.leftOut,
    newBytes: set.newBytes,
    rootHash: set.root,
  };
}
