import { describe, expect, it } from 'vitest';
import {
  parseLaunchctl,
  parseSystemctl,
  parseTaskState,
  readUnitState,
} from '../../main/service-install/unit-state.ts';

describe('the state of the unit', () => {
  it('is read from systemctl show', () => {
    const text =
      'MainPID=812\nNRestarts=2\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nStatusText=Schedules are dispatched. a=b\n';
    expect(parseSystemctl(text)).toEqual({
      installed: true,
      enabled: true,
      running: true,
      processId: 812,
      systemSays: 'active (running)',
      serviceSays: 'Schedules are dispatched. a=b',
      restarts: 2,
    });
    expect(parseSystemctl('MainPID=0\nLoadState=not-found\nActiveState=inactive\n')).toMatchObject({
      installed: false,
      running: false,
    });
    expect(
      parseSystemctl('LoadState=loaded\nActiveState=failed\nSubState=failed\nMainPID=0\n'),
    ).toMatchObject({
      installed: true,
      enabled: false,
      running: false,
      processId: null,
      systemSays: 'active (failed)'.replace('active', 'failed'),
    });
  });

  it('is read from launchctl print', () => {
    const text = 'system/io.tenantkeep.service = {\n\tactive count = 1\n\tstate = running\n\tpid = 77\n}\n';
    expect(parseLaunchctl(text)).toMatchObject({ installed: true, running: true, processId: 77 });
    expect(parseLaunchctl('x = {\n\tstate = not running\n}')).toMatchObject({
      running: false,
      processId: null,
    });
  });

  it('is read from the number of a task, in whatever language Windows speaks', () => {
    expect(parseTaskState('4\r\n')).toMatchObject({ installed: true, running: true, systemSays: 'running' });
    expect(parseTaskState('1')).toMatchObject({ enabled: false, running: false });
  });

  it.each(['linux', 'macos', 'windows'] as const)(
    'is unknown on %s where its service manager does not exist',
    async (platform) => {
      const state = await readUnitState(platform, async () => ({ exitCode: null, stdout: '', stderr: '' }));
      expect(state).toBeNull();
    },
  );
});
