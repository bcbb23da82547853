import type { Locator } from 'playwright';
import { ConsolePage } from './console-page.ts';

export class SchedulesPage extends ConsolePage {
  async newSchedule(): Promise<ScheduleEditor> {
    await this.page.getByRole('button', { name: 'New schedule' }).click();
    return new ScheduleEditor(await this.drawer());
  }

  async edit(name: string): Promise<ScheduleEditor> {
    return new ScheduleEditor(await this.openRow('Schedules', name));
  }
}

export class ScheduleEditor {
  readonly drawer: Locator;
  constructor(drawer: Locator) {
    this.drawer = drawer;
  }
  get tenant(): Locator {
    return this.drawer.getByLabel('Tenant');
  }
  get name(): Locator {
    return this.drawer.getByLabel('Name');
  }
  get times(): Locator {
    return this.drawer.getByLabel('Times');
  }
  get timeZone(): Locator {
    return this.drawer.getByLabel('Time zone');
  }
  get nextSlots(): Locator {
    return this.drawer.getByRole('region', { name: 'Next slots' });
  }
  async save(): Promise<void> {
    await this.drawer.getByRole('button', { name: 'Save schedule' }).click();
    await this.drawer.waitFor({ state: 'detached' });
  }
}
