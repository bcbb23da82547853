import type { RunCommand } from './carry-out-plan.ts';
import { launchLabel, serviceName, type ServicePlatform } from './service-definition.ts';

/** What the system says about the installed service. */
export interface UnitState {
  installed: boolean;
  /** Starts at boot. */
  enabled: boolean;
  running: boolean;
  processId: number | null;
  /** The system's own words, such as `active (running)`; null when it says nothing. */
  systemSays: string | null;
  /** What the service last told systemd about itself; null elsewhere. */
  serviceSays: string | null;
  /** How often systemd started it again; null elsewhere. */
  restarts: number | null;
}

/** Null: the system's service manager does not answer here, as in a container. */
export async function readUnitState(platform: ServicePlatform, run: RunCommand): Promise<UnitState | null> {
  switch (platform) {
    case 'linux': {
      const properties = 'LoadState,UnitFileState,ActiveState,SubState,MainPID,StatusText,NRestarts';
      const answer = await run(['systemctl', 'show', `${serviceName}.service`, '--property', properties]);
      return answer.exitCode === 0 ? parseSystemctl(answer.stdout) : null;
    }
    case 'macos': {
      const answer = await run(['launchctl', 'print', `system/${launchLabel}`]);
      if (answer.exitCode === null) return null;
      return answer.exitCode === 0 ? parseLaunchctl(answer.stdout) : notInstalled;
    }
    case 'windows': {
      // The words of schtasks depend on the language of Windows, this number does not.
      const script = `[int](Get-ScheduledTask -TaskName '${serviceName}' -ErrorAction Stop).State`;
      const answer = await run(['powershell', '-NoProfile', '-NonInteractive', '-Command', script]);
      if (answer.exitCode === null) return null;
      return answer.exitCode === 0 ? parseTaskState(answer.stdout) : notInstalled;
    }
  }
}

const notInstalled: UnitState = {
  installed: false,
  enabled: false,
  running: false,
  processId: null,
  systemSays: null,
  serviceSays: null,
  restarts: null,
};

/** The answer of `systemctl show` with one property a line. */
export function parseSystemctl(text: string): UnitState {
  const properties = new Map(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
  if (properties.get('LoadState') !== 'loaded') return notInstalled;
  const processId = Number(properties.get('MainPID') ?? '0');
  return {
    installed: true,
    enabled: properties.get('UnitFileState') === 'enabled',
    running: properties.get('ActiveState') === 'active',
    processId: processId > 0 ? processId : null,
    systemSays: `${properties.get('ActiveState') ?? 'unknown'} (${properties.get('SubState') ?? 'unknown'})`,
    serviceSays: properties.get('StatusText') || null,
    restarts: Number(properties.get('NRestarts') ?? '0'),
  };
}

/** The answer of `launchctl print`, of which only two lines are needed. */
export function parseLaunchctl(text: string): UnitState {
  const state = /^\s*state = (.+)$/m.exec(text)?.[1]?.trim() ?? null;
  const processId = /^\s*pid = (\d+)$/m.exec(text)?.[1];
  return {
    ...notInstalled,
    installed: true,
    enabled: true,
    running: state === 'running',
    processId: processId === undefined ? null : Number(processId),
    systemSays: state,
  };
}

const taskStates = ['unknown', 'disabled', 'queued', 'ready', 'running'];

/** The number of a task's state: TASK_STATE of taskschd.h. */
export function parseTaskState(text: string): UnitState {
  const state = taskStates[Number(text.trim())] ?? 'unknown';
  return {
    ...notInstalled,
    installed: true,
    enabled: state !== 'disabled',
    running: state === 'running',
    systemSays: state,
  };
}
