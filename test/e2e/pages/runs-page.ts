import type { Locator } from 'playwright';
import { ConsolePage } from './console-page.ts';

export class RunsPage extends ConsolePage {
  get timeline(): Locator {
    return this.page.getByRole('region', { name: 'Timeline of runs' });
  }
  get matrix(): Locator {
    return this.page.getByRole('region', { name: 'Outcomes by policy type' });
  }
  get pills(): Locator {
    return this.page.getByLabel('Filters in force').getByRole('button', { name: /^Remove filter/ });
  }
  get bars(): Locator {
    return this.page.locator('[data-start]');
  }

  /** Opens the form of filters, chooses in one of its fields, and closes it. */
  async filter(field: string, option: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Add filter' }).click();
    await this.page.getByRole('group', { name: 'Filters' }).getByLabel(field).selectOption(option);
    await this.page.keyboard.press('Escape');
  }
}
