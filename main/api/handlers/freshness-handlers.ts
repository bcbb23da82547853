import { freshnessCsv } from '../../reports/freshness-csv.ts';
import { freshnessHtml } from '../../reports/freshness-html.ts';
import { readFreshnessReport } from '../../reports/freshness-report.ts';
import type { Handlers } from '../router.ts';

export const freshnessHandlers: Pick<Handlers, 'freshness.get' | 'freshness.file'> = {
  'freshness.get': async ({ session }, { tenantId, state, limit }) => {
    const report = await readFreshnessReport(session.database, tenantId);
    const rows = state === null ? report.rows : report.rows.filter((row) => row.state === state);
    return { ...report, rows: rows.slice(0, limit) };
  },

  'freshness.file': async ({ session }, { tenantId, format }) => {
    const report = await readFreshnessReport(session.database, tenantId);
    return {
      name: `freshness-${report.at.slice(0, 10)}.${format}`,
      text: format === 'csv' ? freshnessCsv(report) : freshnessHtml(report),
    };
  },
};
