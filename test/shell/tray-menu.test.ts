import { describe, expect, it } from 'vitest';
import { type FleetStatus, worstHealth } from '../../main/shell/fleet-status.ts';
import { fleetInWords, hostInWords, trayMenu } from '../../main/shell/tray-menu.ts';

const tenant = (health: FleetStatus['tenants'][number]['health']) => ({
  id: health,
  name: health,
  health,
  sentence: '',
});

function fleetOf(...health: FleetStatus['tenants'][number]['health'][]): FleetStatus {
  const tenants = health.map(tenant);
  return { worst: worstHealth(health), tenants, running: 0, nextSlot: null, schedules: [] };
}

const ignore = (): void => undefined;
const actions = { open: ignore, quit: ignore, runNow: ignore, pauseHost: ignore, resumeHost: ignore };

describe('the tray', () => {
  it.each([
    [null, 'The database does not answer'],
    [fleetOf(), 'No tenants yet'],
    [fleetOf('protected', 'protected'), 'All 2 tenants: Protected'],
    [fleetOf('protected', 'unprotected', 'at_risk'), 'Unprotected: 1 of 3 tenants'],
    [fleetOf('paused', 'never_backed_up'), 'Never backed up: 1 of 2 tenants'],
  ])('says the worst that is true of the fleet', (fleet, words) => {
    expect(fleetInWords(fleet)).toBe(words);
  });

  it('says why this computer is no host', () => {
    expect(hostInWords({ kind: 'refused', problem: 'It waits for approval.' })).toBe(
      'This host does not run: It waits for approval.',
    );
    expect(hostInWords({ kind: 'running', runs: 0 })).toBe('This host is ready');
  });

  it('is calm on a computer that was never made a host, and offers no switch there', () => {
    expect(hostInWords({ kind: 'none' })).toBe('This computer is no host; other computers run the backups');
    const labels = trayMenu(fleetOf('protected'), { kind: 'none' }, actions).map((item) => item.label);
    expect(labels.filter((label) => /this host/.test(label ?? ''))).toEqual([]);
  });

  it('offers each enabled schedule, and the one switch that makes sense', () => {
    const fleet = fleetOf('protected');
    fleet.schedules.push({ id: 's', tenantId: 't', name: 'nightly', tenantName: 'Contoso' });
    const menu = trayMenu(fleet, { kind: 'running', runs: 1 }, actions);
    const runNow = menu.find((item) => item.label === 'Run now');
    expect(runNow).toMatchObject({ enabled: true, submenu: [{ label: 'Contoso: nightly' }] });
    expect(menu.map((item) => item.label)).toContain('Pause this host');
    expect(menu.map((item) => item.label)).not.toContain('Resume this host');
    const paused = trayMenu(null, { kind: 'paused' }, actions);
    expect(paused.map((item) => item.label)).toContain('Resume this host');
    expect(paused.find((item) => item.label === 'Run now')).toMatchObject({ enabled: false });
  });
});
