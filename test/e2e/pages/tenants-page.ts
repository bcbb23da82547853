import type { Locator } from 'playwright';
import type { SimulatedTenantAccess, Simulator } from '../../../main/simulator/start-simulator.ts';
import { ConsolePage } from './console-page.ts';

/** The list of tenants, the drawer of one, and the drawer that connects another. */
export class TenantsPage extends ConsolePage {
  async openConnect(): Promise<Locator> {
    await this.page.getByRole('button', { name: 'Connect tenant' }).click();
    return await this.drawer();
  }

  /** Fills in everything about a tenant of the simulator except its name. */
  async fillAddress(form: Locator, simulator: Simulator, tenant: SimulatedTenantAccess): Promise<void> {
    await form.getByLabel('Cloud').selectOption('custom');
    await form.getByLabel('Graph address').fill(simulator.graphUrl);
    await form.getByLabel('Sign-in address').fill(simulator.loginUrl);
    await form.getByLabel('Certificate authority (PEM)').fill(simulator.caPem);
    await form.getByLabel('Entra tenant id').fill(tenant.tenantGuid);
    await form.getByLabel('Application (client) id').fill(tenant.clientId);
    await this.fillSecret(form, tenant.clientSecret);
  }

  async fillSecret(form: Locator, secret: string): Promise<void> {
    await form.getByRole('radio', { name: 'Client secret' }).check();
    await form.getByLabel("Secret's value").fill(secret);
  }

  async openTab(name: string): Promise<Locator> {
    const drawer = await this.drawer();
    await drawer.getByRole('tab', { name }).click();
    return drawer.getByRole('tabpanel', { name });
  }

  /** The dialog that stands over the drawer. */
  dialog(name: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name });
  }

  async clipboard(): Promise<string> {
    return await this.page.evaluate(() => navigator.clipboard.readText());
  }
}
