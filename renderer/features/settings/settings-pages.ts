import type { JSX } from 'react';
import { AboutPage } from './about-page.tsx';
import { AppearancePage } from './appearance-page.tsx';
import { DatabasePage } from './database-page.tsx';
import { DiagnosticsPage } from './diagnostics-page.tsx';
import { HostsPage } from './hosts-page.tsx';
import { NotificationsPage } from './notifications-page.tsx';
import { RetentionPage } from './retention-page.tsx';
import { settingsLinks, type SettingsPath } from './settings-links.ts';
import { TechniciansPage } from './technicians-page.tsx';

const components: Readonly<Record<SettingsPath, () => JSX.Element>> = {
  '/settings/hosts': HostsPage,
  '/settings/technicians': TechniciansPage,
  '/settings/notifications': NotificationsPage,
  '/settings/database': DatabasePage,
  '/settings/retention': RetentionPage,
  '/settings/appearance': AppearancePage,
  '/settings/diagnostics': DiagnosticsPage,
  '/settings/about': AboutPage,
};

/** The pages of the settings with what shows them. */
export const settingsPages = settingsLinks.map(({ path }) => ({ path, component: components[path] }));
