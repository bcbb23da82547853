import type { Download, Locator } from 'playwright';
import { ConsolePage } from './console-page.ts';

export class BackupSetsPage extends ConsolePage {
  /** Goes to another place of the page without loading it again. */
  async show(search: Readonly<Record<string, string>>): Promise<void> {
    const query = Object.entries(search)
      .map(([key, value]) => `${key}=${encodeURIComponent(JSON.stringify(value))}`)
      .join('&');
    await this.page.evaluate((hash) => (location.hash = hash), `/backup-sets?${query}`);
  }

  /** Presses a button that saves a file. */
  async save(button: Locator): Promise<Download> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), button.click()]);
    return download;
  }

  async search(text: string): Promise<void> {
    await this.page.getByLabel('Name, id, setting or value').fill(text);
    await this.page.getByRole('button', { name: 'Search sets' }).click();
  }
}
