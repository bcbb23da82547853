import type { Command } from 'commander';
import { policyTypes } from '../domain/policy-types/registry.ts';
import { readUnknownKinds } from '../db/repositories/unknown-kinds.ts';
import { globalOptions, withDatabase } from './command-context.ts';
import { createOutput, table } from './output.ts';

/** `types list`: what can be backed up, without a database. `types unknown`: what Graph returned beyond it. */
export function addTypesCommands(program: Command): void {
  const types = program.command('types').description('Policy types that can be backed up');
  types
    .command('list')
    .description('List policy types with their keys and the permission each needs')
    .addHelpText('after', '\nExample:\n  tenantkeep types list --json')
    .action((_options: object, command: Command) => {
      const output = createOutput(globalOptions(command).json === true);
      output.result(
        {
          types: policyTypes.map((type) => ({
            key: type.key,
            displayName: type.displayName,
            category: type.category,
            priority: type.priority,
            apiVersion: type.apiVersion,
            listPath: type.listPath,
            children: type.children.map((child) => child.name),
            permission: type.permission,
          })),
        },
        () =>
          table(
            policyTypes,
            [
              { title: 'Key', value: (type) => type.key },
              { title: 'Name', value: (type) => type.displayName },
              { title: 'Category', value: (type) => type.category },
              { title: 'Priority', value: (type) => type.priority },
              { title: 'Permission', value: (type) => type.permission },
            ],
            'No policy types.',
          ),
      );
    });
  types
    .command('unknown')
    .description('List what Graph returned that this version does not know, over all tenants; it is kept raw')
    .addHelpText('after', '\nExample:\n  tenantkeep types unknown --json')
    .action((_options: object, command: Command) =>
      withDatabase(command, async ({ database, output }) => {
        const kinds = await readUnknownKinds(database);
        output.result({ unknownKinds: kinds }, () =>
          table(
            kinds,
            [
              { title: 'Policy type', value: (kind) => kind.typeKey },
              { title: 'Unknown', value: (kind) => `${kind.kind} ${kind.value}` },
              { title: 'Objects', value: (kind) => kind.objects, align: 'right' },
              { title: 'Seen in', value: (kind) => seenIn(kind.tenants.length) },
              { title: 'Since', value: (kind) => kind.since },
            ],
            'Everything that Graph returned is of a known type.',
          ),
        );
      }),
    );
}

function seenIn(tenants: number): string {
  return tenants === 1 ? '1 tenant' : `${tenants} tenants`;
}
