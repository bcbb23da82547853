import type { Command } from 'commander';
import { policyTypes } from '../domain/policy-types/registry.ts';
import { globalOptions } from './command-context.ts';
import { createOutput, table } from './output.ts';

/** `types list`: what can be backed up; needs neither home nor database. */
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
            name: type.displayName,
            category: type.category,
            priority: type.priority,
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
}
