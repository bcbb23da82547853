import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import { openHostCredentials } from '../composition.ts';
import { readTenantAddress, type Cloud } from '../db/repositories/credentials.ts';
import { listTenants, type Tenant } from '../db/repositories/tenants.ts';
import type { AccessOutcome } from '../engine/ports.ts';
import { createAccessProbe } from '../graph/access-probe.ts';
import { cloudNames } from '../graph/clouds.ts';
import { registeredPolicyTypes } from '../graph/policy-type-catalog.ts';
import { checkAccessAsHost } from './check-access.ts';
import { withDatabase } from './command-context.ts';
import { addConnectMany } from './connect-many-command.ts';
import { addDeleteTenant } from './delete-tenant-command.ts';
import { replaceCredential, storeTenant } from '../credentials/connect-tenant.ts';
import { readCredential, refusePastEnd, refuseSecretExpires } from './credential-files.ts';
import type { ExitStatus } from './exit-status.ts';
import { exitCodeOf } from './exit-codes.ts';
import { findTenant } from './find-by-name.ts';
import { facts, localIso, table } from './output.ts';
import { addTenantsTag } from './tenants-tag-command.ts';
import { chosenSignIn, givenByFile, signInNote, signInPerson } from './sign-in-person.ts';
import { cloudChoice, readCustomCloud, tryCredential } from './try-credential.ts';
import { guid, oneOf, usageError } from './usage-error.ts';

interface ConnectOptions {
  name: string;
  tenantId: string;
  clientId: string;
  secretFile?: string;
  secretExpires?: string;
  certificateFile?: string;
  privateKeyFile?: string;
  deviceCode?: boolean;
  browser?: boolean;
  cloud: string;
  graphUrl?: string;
  loginUrl?: string;
  caFile?: string;
  skipCheck?: boolean;
}

interface ReplaceOptions {
  tenant: string;
  clientId?: string;
  secretFile?: string;
  secretExpires?: string;
  certificateFile?: string;
  privateKeyFile?: string;
  deviceCode?: boolean;
  browser?: boolean;
}

/** `tenants connect|connect-many|list|tag|check|replace-credential|delete`. */
export function addTenantsCommands(program: Command, exit: ExitStatus, signal: AbortSignal): void {
  const tenants = program.command('tenants').description('Tenants that are backed up');
  addReplaceCredential(tenants, signal);
  addConnectMany(tenants, exit, signal);
  addTenantsTag(tenants);
  addDeleteTenant(tenants);

  tenants
    .command('connect')
    .description('Connect a tenant: check its credential, seal it to the hosts, store it')
    .requiredOption('--name <name>', 'how the tenant is called here')
    .requiredOption('--tenant-id <guid>', 'Entra tenant id')
    .requiredOption('--client-id <guid>', 'application (client) id of the app registration')
    .option('--secret-file <file>', "file that holds the client secret's value")
    .option('--secret-expires <date>', 'when the secret ends, as its app registration shows: 2027-05-31')
    .option('--certificate-file <file>', 'file of the certificate (PEM)')
    .option('--private-key-file <file>', 'file of its private key (PEM, PKCS #8)')
    .option(
      '--device-code',
      'a person signs in on any device with a code shown here; not for unattended hosts',
    )
    .option('--browser', 'a person signs in in the browser of this computer; not for unattended hosts')
    .option('--cloud <cloud>', cloudNames.join(', '), 'global')
    .option('--graph-url <url>', 'Graph address of a custom cloud')
    .option('--login-url <url>', 'sign-in address of a custom cloud')
    .option('--ca-file <file>', 'certificate authority of a custom cloud (PEM)')
    .option('--skip-check', 'store the credential without trying it')
    .addHelpText(
      'after',
      `${signInNote}\n\nExample:\n  tenantkeep tenants connect --name Contoso --tenant-id 6f1c… --client-id 0b7d… --secret-file contoso-secret.txt\n  tenantkeep tenants connect --device-code --name Contoso --tenant-id 6f1c… --client-id 0b7d…`,
    )
    .action(async (options: ConnectOptions, command: Command) => {
      const tenantGuid = guid(options.tenantId, '--tenant-id');
      const clientId = guid(options.clientId, '--client-id');
      const cloud = oneOf<Cloud>(options.cloud, '--cloud', cloudNames);
      const name = options.name.trim();
      if (name === '' || name.length > 200) throw usageError('--name must have 1 to 200 characters.');
      const customCloud = await readCustomCloud(cloud, options);
      const way = chosenSignIn(options);
      if (way !== null) refuseSecretExpires(options.secretExpires);
      const file = way === null ? await readCredential(options) : null;
      await withDatabase(command, async ({ workspace, database, output }) => {
        const place = { tenantGuid, clientId, cloud: cloudChoice(cloud, customCloud) };
        refusePastEnd(file, workspace.clock);
        const given =
          file === null
            ? await signInPerson(way!, place, { workspace, output, signal })
            : givenByFile(place, file.credential);
        let access: AccessOutcome | null = null;
        if (options.skipCheck !== true) {
          output.progress(`Signing in to ${name} …`);
          access = await tryCredential(given.credential, workspace, signal);
        }
        const tenantId = await storeTenant(database, {
          name,
          tenantGuid,
          clientId,
          cloud,
          customCloud,
          credential: given.toSeal(),
          expiresAt: file?.expiresAt ?? null,
        });
        output.result(
          {
            tenant: { id: tenantId, name, entraTenantId: tenantGuid, cloud },
            checked: access !== null,
            ...accessDocument(access),
          },
          () => [
            `Tenant ${name} is connected${access === null ? '; its credential was not tried' : ` (${organizationOf(access)})`}.`,
            ...facts([
              ['id', tenantId],
              ['credential ends', endOf(file?.expiresAt ?? null)],
            ]),
            ...(access === null ? [] : describeUnreadable(access)),
          ],
        );
      });
    });

  tenants
    .command('list')
    .description('List the tenants that you may see')
    .option('--tag <tag>', 'only tenants with this tag')
    .addHelpText('after', '\nExample:\n  tenantkeep tenants list --json')
    .action(async ({ tag }: { tag?: string }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const all = await listTenants(database);
        const rows = tag === undefined ? all : all.filter((tenant) => tenant.tags.includes(tag.trim()));
        output.result({ tenants: rows.map(tenantDocument) }, () =>
          table(
            rows,
            [
              { title: 'Tenant', value: (tenant) => tenant.name },
              { title: 'Entra tenant id', value: (tenant) => tenant.entraTenantId },
              { title: 'Cloud', value: (tenant) => tenant.cloud },
              { title: 'State', value: (tenant) => tenant.state },
              { title: 'Tags', value: (tenant) => tenant.tags.join(', ') },
              { title: 'Credential', value: (tenant) => tenant.credentialKind },
              { title: 'Expires', value: (tenant) => localIso(tenant.credentialExpiresAt) },
              { title: 'Id', value: (tenant) => tenant.tenantId },
            ],
            'No tenants.',
          ),
        );
      });
    });

  tenants
    .command('check')
    .description('Sign in to one tenant or all with the stored credential and compare permissions')
    .option('--tenant <name>', 'tenant, by name or id; default: all')
    .addHelpText('after', '\nExample:\n  tenantkeep tenants check --tenant Contoso')
    .action(async (options: { tenant?: string }, command: Command) => {
      await withDatabase(command, async ({ workspace, access, database, output }) => {
        const chosen =
          options.tenant === undefined
            ? (await listTenants(database)).filter((tenant) => tenant.state === 'connected')
            : [await findTenant(database, options.tenant)];
        const credentials = await openHostCredentials(workspace, access);
        const results: { tenant: Tenant; access: AccessOutcome | null; error: AppError | null }[] = [];
        try {
          const probe = createAccessProbe({
            credentials: credentials.loader,
            catalog: registeredPolicyTypes,
            clock: workspace.clock,
            log: workspace.log,
          });
          const openableTenantIds = await credentials.loader.openableTenantIds();
          for (const tenant of chosen) {
            output.progress(`Signing in to ${tenant.name} …`);
            try {
              await credentials.loader.load(tenant.tenantId);
              const outcome = await checkAccessAsHost(tenant, {
                workspace,
                person: database,
                host: credentials.database,
                probe,
                openableTenantIds,
                signal,
              });
              results.push({ tenant, access: outcome, error: null });
            } catch (error) {
              if (!(error instanceof AppError)) throw error;
              results.push({ tenant, access: null, error });
            }
          }
        } finally {
          await credentials.close();
        }
        const failed = results.find(({ error }) => error !== null);
        if (failed !== undefined) exit.code = exitCodeOf(failed.error);
        output.result(
          {
            tenants: results.map(({ tenant, access, error }) => ({
              ...tenantDocument(tenant),
              ok: error === null,
              ...accessDocument(access),
              error:
                error === null
                  ? null
                  : { code: error.code, message: error.message, nextStep: error.nextStep },
            })),
          },
          () =>
            results.flatMap(({ tenant, access, error }) =>
              access === null
                ? [`${tenant.name}: ${error?.message ?? ''} ${error?.nextStep ?? ''}`.trim()]
                : [
                    `${tenant.name}: signed in to ${organizationOf(access)}.`,
                    ...facts([['credential ends', endOf(tenant.credentialExpiresAt)]]),
                    ...describeUnreadable(access),
                  ],
            ),
        );
      });
    });
}

function addReplaceCredential(tenants: Command, signal: AbortSignal): void {
  tenants
    .command('replace-credential')
    .description('Replace the credential of a tenant, once the new one has passed the check')
    .requiredOption('--tenant <name>', 'tenant, by name or id')
    .option('--client-id <guid>', 'application (client) id; default: the one in use')
    .option('--secret-file <file>', "file that holds the client secret's value")
    .option('--secret-expires <date>', 'when the secret ends, as its app registration shows: 2027-05-31')
    .option('--certificate-file <file>', 'file of the certificate (PEM)')
    .option('--private-key-file <file>', 'file of its private key (PEM, PKCS #8)')
    .option(
      '--device-code',
      'a person signs in on any device with a code shown here; not for unattended hosts',
    )
    .option('--browser', 'a person signs in in the browser of this computer; not for unattended hosts')
    .addHelpText(
      'after',
      '\nThe old credential stays in force until the new one has signed in. A sign-in that has ended is replaced the same way.\n' +
        `${signInNote}\n\nExample:\n  tenantkeep tenants replace-credential --tenant Contoso --secret-file new-secret.txt\n  tenantkeep tenants replace-credential --tenant Contoso --device-code`,
    )
    .action(async (options: ReplaceOptions, command: Command) => {
      const givenClientId = options.clientId === undefined ? null : guid(options.clientId, '--client-id');
      const way = chosenSignIn(options);
      if (way !== null) refuseSecretExpires(options.secretExpires);
      const file = way === null ? await readCredential(options) : null;
      await withDatabase(command, async ({ workspace, database, output }) => {
        const tenant = await findTenant(database, options.tenant);
        const address = await readTenantAddress(database, tenant.tenantId);
        if (address === null) {
          throw new AppError(
            'credential_not_visible',
            `${tenant.name} has no credential that you may replace.`,
            {
              nextStep: 'Ask an owner or manager of the tenant.',
            },
          );
        }
        const clientId = givenClientId ?? address.clientId;
        const { entraTenantId: tenantGuid, cloud, customCloud } = address;
        const place = { tenantGuid, clientId, cloud: cloudChoice(cloud, customCloud) };
        refusePastEnd(file, workspace.clock);
        const given =
          file === null
            ? await signInPerson(way!, place, { workspace, output, signal })
            : givenByFile(place, file.credential);
        output.progress(`Signing in to ${tenant.name} with the new credential …`);
        const access = await tryCredential(given.credential, workspace, signal);
        const credential = given.toSeal();
        const expiresAt = file?.expiresAt ?? null;
        const credentialId = await replaceCredential(database, {
          tenantId: tenant.tenantId,
          clientId,
          credential,
          expiresAt,
        });
        output.result(
          {
            tenant: { id: tenant.tenantId, name: tenant.name },
            credential: {
              id: credentialId,
              kind: credential.kind,
              clientId,
              expiresAt: expiresAt?.toISOString() ?? null,
            },
            ...accessDocument(access),
          },
          () => [
            `${tenant.name} (${organizationOf(access)}) is read with the new credential from now on.`,
            ...describeUnreadable(access),
          ],
        );
      });
    });
}

function endOf(expiresAt: Date | null): string {
  return expiresAt === null ? 'not known' : localIso(expiresAt);
}

function organizationOf(access: AccessOutcome): string {
  return access.organizationName ?? 'an organization whose name may not be read';
}

function notReadable(access: AccessOutcome): AccessOutcome['types'] {
  return access.types.filter(({ state }) => state !== 'readable');
}

function describeUnreadable(access: AccessOutcome): string[] {
  const rows = notReadable(access);
  if (rows.length === 0) return ['Every policy type can be read.'];
  return [
    'These policy types cannot be read now:',
    ...table(
      rows,
      [
        { title: 'Type', value: (row) => row.typeKey },
        { title: 'Why', value: (row) => row.state },
        { title: 'Needs', value: (row) => row.permissions.join(' or ') },
      ],
      '',
    ),
    ...(access.missingPermissions.length === 0
      ? []
      : [`Missing permissions: ${access.missingPermissions.join(', ')}`, `Consent: ${access.consentUrl}`]),
  ];
}

function accessDocument(access: AccessOutcome | null): object {
  return {
    organization: access?.organizationName ?? null,
    missingPermissions: access?.missingPermissions ?? [],
    notReadable: access === null ? [] : notReadable(access),
    consentUrl: access?.consentUrl ?? null,
  };
}

function tenantDocument(tenant: Tenant): object {
  return {
    id: tenant.tenantId,
    name: tenant.name,
    entraTenantId: tenant.entraTenantId,
    cloud: tenant.cloud,
    state: tenant.state,
    tags: tenant.tags,
    credential:
      tenant.credentialKind === null
        ? null
        : { kind: tenant.credentialKind, expiresAt: tenant.credentialExpiresAt?.toISOString() ?? null },
    role: tenant.myRole,
  };
}
