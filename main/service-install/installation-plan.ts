import { posix, win32 } from 'node:path';
import { launchDaemon } from './launch-daemon.ts';
import {
  launchLabel,
  serviceName,
  type ServiceDefinition,
  type ServicePlatform,
} from './service-definition.ts';
import { systemdEnvironmentFile, systemdUnit } from './systemd-unit.ts';
import { builtInAccountSid, taskDefinition } from './task-definition.ts';

/** One thing that an installation or a removal does, in order. */
export type PlanStep =
  | { do: 'write'; path: string; mode: number; encoding: 'utf8' | 'utf16le'; content: string }
  | { do: 'remove'; path: string }
  | {
      do: 'run';
      words: readonly string[];
      /** Its failure changes nothing, such as stopping what does not run. */
      mayFail?: boolean;
      /** It asks the person at the terminal for a password. */
      asks?: boolean;
    };

export interface Plan {
  steps: readonly PlanStep[];
  /** What the person should know and no file says. */
  notes: readonly string[];
}

/** The file that makes the service known to the system; on Windows only what the scheduler was given. */
export function unitFile(platform: ServicePlatform, home: string): string {
  switch (platform) {
    case 'linux':
      return `/etc/systemd/system/${serviceName}.service`;
    case 'macos':
      return `/Library/LaunchDaemons/${launchLabel}.plist`;
    case 'windows':
      return win32.join(home, 'service-task.xml');
  }
}

/** Everything that `service install` does. Installing again replaces the former installation. */
export function planInstallation(
  platform: ServicePlatform,
  definition: ServiceDefinition,
  options: { start: boolean },
): Plan {
  const file = unitFile(platform, definition.home);
  const { account, home } = definition;
  switch (platform) {
    case 'linux':
      return {
        steps: [
          { do: 'run', words: ['install', '-d', '-m', '0700', '-o', account, home] },
          { do: 'write', path: file, mode: 0o644, encoding: 'utf8', content: systemdUnit(definition) },
          { do: 'run', words: ['systemctl', 'daemon-reload'] },
          { do: 'run', words: ['systemctl', 'enable', `${serviceName}.service`] },
          ...(options.start
            ? [{ do: 'run' as const, words: ['systemctl', 'restart', `${serviceName}.service`] }]
            : []),
        ],
        notes: [
          `Settings of the environment, such as TENANTKEEP_DATABASE_URL, are read from ${systemdEnvironmentFile} where it exists (mode 0600).`,
        ],
      };
    case 'macos':
      return {
        steps: [
          { do: 'run', words: ['install', '-d', '-m', '0700', '-o', account, home] },
          { do: 'run', words: ['launchctl', 'bootout', `system/${launchLabel}`], mayFail: true },
          { do: 'write', path: file, mode: 0o644, encoding: 'utf8', content: launchDaemon(definition) },
          ...(options.start
            ? [{ do: 'run' as const, words: ['launchctl', 'bootstrap', 'system', file] }]
            : []),
        ],
        notes: [`What the service prints goes to ${posix.join(home, 'service-stderr.log')}.`],
      };
    case 'windows': {
      const builtIn = builtInAccountSid(account) !== null;
      return {
        steps: [
          {
            do: 'write',
            path: file,
            mode: 0o600,
            encoding: 'utf16le',
            content: taskDefinition(definition),
          },
          {
            do: 'run',
            words: ['schtasks', '/Create', '/F', '/TN', serviceName, '/XML', file, '/RU', account].concat(
              builtIn ? [] : ['/RP', '*'],
            ),
            ...(!builtIn && { asks: true }),
          },
          ...(options.start ? [{ do: 'run' as const, words: ['schtasks', '/Run', '/TN', serviceName] }] : []),
        ],
        notes: builtIn
          ? [`${account} must be allowed to change ${home}.`]
          : [
              `Windows asks for the password of ${account} and keeps it; the account needs the right "Log on as a batch job".`,
            ],
      };
    }
  }
}

/** Everything that `service uninstall` does. The home with its backups stays. */
export function planRemoval(platform: ServicePlatform, home: string): Plan {
  const file = unitFile(platform, home);
  const notes = [`The home ${home} with the database and its backups was left alone.`];
  switch (platform) {
    case 'linux':
      return {
        steps: [
          { do: 'run', words: ['systemctl', 'disable', '--now', `${serviceName}.service`], mayFail: true },
          { do: 'remove', path: file },
          { do: 'run', words: ['systemctl', 'daemon-reload'] },
          { do: 'run', words: ['systemctl', 'reset-failed', `${serviceName}.service`], mayFail: true },
        ],
        notes,
      };
    case 'macos':
      return {
        steps: [
          { do: 'run', words: ['launchctl', 'bootout', `system/${launchLabel}`], mayFail: true },
          { do: 'remove', path: file },
        ],
        notes,
      };
    case 'windows':
      return {
        steps: [
          { do: 'run', words: ['schtasks', '/End', '/TN', serviceName], mayFail: true },
          { do: 'run', words: ['schtasks', '/Delete', '/F', '/TN', serviceName] },
          { do: 'remove', path: file },
        ],
        notes,
      };
  }
}
