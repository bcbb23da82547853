import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright';

/** What every page of the console has: navigation, lists whose rows open a drawer, and a way to be examined. */
export class ConsolePage {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  async go(name: string): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name }).click();
    await this.page.getByRole('heading', { level: 2, name }).waitFor();
  }

  rows(list: string): Locator {
    return this.page
      .getByRole('grid', { name: list })
      .or(this.page.getByRole('table', { name: list }))
      .getByRole('row');
  }

  /** A text on the page or in its drawer, not in the navigation. */
  shown(text: string): Locator {
    return this.page.locator('main, [role=dialog]').getByText(text).filter({ visible: true }).first();
  }

  /** Opens a row of a list; the drawer is what it answers. */
  async openRow(list: string, text: string | RegExp): Promise<Locator> {
    await this.rows(list).filter({ hasText: text }).first().click();
    return await this.drawer();
  }

  async drawer(): Promise<Locator> {
    const drawer = this.page.getByRole('dialog').first();
    await drawer.waitFor();
    return drawer;
  }

  /** Serious and critical findings of axe, each with the place and the rule; `rules` limits what is looked at. */
  async seriousFindings(rules?: string[]): Promise<string[]> {
    // The page keeps axe from the first time; putting it in again, twice each time, takes longer than all its rules.
    const axeSource = (await this.page.evaluate(() => 'axe' in globalThis)) ? 'void 0' : undefined;
    const axe = new AxeBuilder({ page: this.page, axeSource })
      .setLegacyMode()
      .options({ resultTypes: ['violations'] })
      // Sentinels of Fluent's focus machinery: they pass the focus on at once, so nobody can be on them.
      .exclude('[data-tabster-dummy]');
    // What lies behind a drawer is out of reach, and is looked at on its own.
    if (await this.page.getByRole('dialog').first().isVisible()) axe.include('[role=dialog]');
    const { violations } = await (rules === undefined ? axe : axe.withRules(rules)).analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.html.slice(0, 160)}`),
      );
  }

  /** True when nothing sticks out of the window sideways. */
  async fitsSideways(): Promise<boolean> {
    return await this.page.evaluate(
      () => document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    );
  }

  /** What the address holds of a field, as text. */
  async inAddress(field: string): Promise<string | null> {
    const hash = await this.page.evaluate(() => location.hash);
    return new URLSearchParams(hash.slice(hash.indexOf('?') + 1)).get(field);
  }
}
