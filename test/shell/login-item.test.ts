import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { loginItemMenu } from '../../main/shell/login-item.ts';

function clickOn(item: MenuItemConstructorOptions, checked: boolean): void {
  const click = item.click as unknown as (clicked: { checked: boolean }) => void;
  click({ checked });
}

describe('the switch for starting at sign-in', () => {
  it.each(['win32', 'darwin'] as const)('shows on %s what the system holds, and changes it', (platform) => {
    let on = true;
    const [item] = loginItemMenu(platform, { isOn: () => on, set: (wanted) => (on = wanted) });
    expect(item).toMatchObject({ type: 'checkbox', checked: true });
    clickOn(item!, false);
    expect(on).toBe(false);
    clickOn(item!, true);
    expect(on).toBe(true);
  });

  it('is not offered where the system has no such list', () => {
    const unasked = { isOn: () => expect.unreachable(), set: () => expect.unreachable() };
    expect(loginItemMenu('linux', unasked)).toEqual([]);
  });
});
