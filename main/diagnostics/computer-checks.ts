import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { AppError } from '../../shared/errors.ts';
import { readWebhookState } from '../audit/heads-webhook.ts';
import { type Config, type Home, webhookStateFile } from '../config.ts';
import type { SecretStore } from '../credentials/secret-store.ts';
import type { Log } from '../engine/ports.ts';
import { type Check, runCheck } from './check.ts';

const leastFreeBytes = 1_000_000_000;

/** Home, disk and secrets of this computer, and what leaves it besides backups. */
export async function examineComputer(parts: {
  version: string;
  home: Home;
  config: Pick<Config, 'auditWebhook'>;
  secrets: SecretStore;
  log: Log;
}): Promise<Check[]> {
  const { version, home, config, secrets, log } = parts;
  return [
    await runCheck(
      { key: 'program', name: 'Program' },
      () => ({ state: 'ok', finding: `TenantKeep ${version} on Node ${process.versions.node}` }),
      log,
    ),
    await runCheck(
      { key: 'home', name: 'Home' },
      async () => {
        await requireUsable(home.directory);
        return { state: 'ok', finding: home.directory };
      },
      log,
    ),
    await runCheck({ key: 'disk', name: 'Disk' }, () => freeSpace(home.directory), log),
    await runCheck(
      { key: 'secrets', name: 'Secrets' },
      async () => {
        const { kind, location, warnings } = await secrets.describe();
        return warnings.length === 0
          ? {
              state: 'ok',
              finding: `kept in ${kind === 'file' ? `files of mode 0600 in ${location}` : location}`,
            }
          : {
              state: 'warning',
              finding: warnings.join(' '),
              nextStep: 'Take the rights of others away from these files.',
            };
      },
      log,
    ),
    ...(config.auditWebhook === null
      ? []
      : [
          await runCheck(
            { key: 'audit-webhook', name: 'Audit webhook' },
            () => webhookStanding(webhookStateFile(home)),
            log,
          ),
        ]),
  ];
}

/** Whether the receiver of the ends of the audit chains took them. */
async function webhookStanding(stateFile: string) {
  const { failure, takenAt } = await readWebhookState(stateFile);
  if (failure === null) {
    return {
      state: 'ok' as const,
      finding: takenAt === null ? 'nothing was sent yet' : `last taken at ${takenAt}`,
    };
  }
  return {
    state: 'problem' as const,
    finding: `not taken since ${failure.since}, ${failure.tries} tries: ${failure.reason}.`,
    nextStep: 'Correct "auditWebhook" in config.json or the receiver; it is tried again every five minutes.',
  };
}

async function requireUsable(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AppError('home_unusable', `${directory} cannot be read and written by this account.`, {
      nextStep: 'Correct its permissions, or choose another home with --home.',
      cause: error,
    });
  }
}

async function freeSpace(directory: string) {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const finding = `${Math.round(free / 1_000_000).toString()} MB free`;
  return free < leastFreeBytes
    ? {
        state: 'warning' as const,
        finding,
        nextStep: 'Free some disk space: logs and the embedded database grow.',
      }
    : { state: 'ok' as const, finding };
}
