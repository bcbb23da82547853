import {
  type FreshnessReport,
  type FreshnessRow,
  freshnessStates,
  freshnessWords,
} from '../../shared/contract/freshness.ts';
import { ageWords } from '../../shared/model/age-words.ts';
import { instantFromIso } from '../../shared/model/instant.ts';

const style = `
:root { color-scheme: light; }
body { font: 14px/1.4 system-ui, sans-serif; color: #242424; background: #fff; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
.summary { display: flex; flex-wrap: wrap; gap: .5rem 2rem; padding: 0; margin: 1rem 0; list-style: none; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding-bottom: .25rem; color: #424242; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #d1d1d1; overflow-wrap: anywhere; }
th { white-space: nowrap; } th.number { text-align: right; }
td.number { text-align: right; white-space: nowrap; } td.state { white-space: nowrap; font-weight: 600; }
.never_captured, .late { color: #b10e1c; } .awaited { color: #8a3707; } .fresh { color: #0e700e; } .not_available { color: #616161; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } thead { display: table-header-group; } tr, h2 { break-inside: avoid; } h2 { break-after: avoid; } @page { margin: 15mm; } }
`;

/**
 * The report as one page to print or to hand to a customer: it loads nothing and runs nothing, and every text of a
 * tenant is escaped. One table a tenant, tenants with the worst row first.
 */
export function freshnessHtml(report: FreshnessReport): string {
  const tenants = [...Map.groupBy(report.rows, (row) => row.tenantId).values()];
  const only = tenants.length === 1 && report.unpromised.length === 0 ? tenants[0]![0]!.tenantName : null;
  const title = only === null ? 'Backup freshness' : `Backup freshness of ${only}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>Age of the last complete copy of each policy type against the age that its schedule promises, as of ${day(report.at)}.</p>
<ul class="summary">
${freshnessStates.map((state) => `<li title="${escaped(freshnessWords[state].meaning)}"><span class="${state}">${symbols[state]} ${freshnessWords[state].word}</span>: ${report.counts[state]}</li>`).join('\n')}
</ul>
${tenants.map(tenantTable).join('\n')}
${report.unpromised.length === 0 ? '' : unpromisedTable(report)}
${tenants.length === 0 && report.unpromised.length === 0 ? '<p>No tenant is connected.</p>' : ''}
</body>
</html>
`;
}

const symbols: Readonly<Record<FreshnessRow['state'], string>> = {
  never_captured: '\u2716',
  late: '\u26a0\ufe0e',
  awaited: '\u25cb',
  fresh: '\u2714',
  not_available: '\u2013',
};

function tenantTable(rows: readonly FreshnessRow[]): string {
  return `<h2><bdi>${escaped(rows[0]!.tenantName)}</bdi></h2>
<table>
<thead><tr><th scope="col">Policy type</th><th scope="col">State</th><th scope="col">Last complete copy</th><th scope="col" class="number">Age</th><th scope="col" class="number">Allowed</th><th scope="col">Last attempt</th></tr></thead>
<tbody>
${rows
  .map(
    (row) =>
      `<tr><td>${escaped(row.typeName)}</td><td class="state ${row.state}">${symbols[row.state]} ${freshnessWords[row.state].word}</td>` +
      `<td>${row.lastCompleteAt === null ? 'Never' : day(row.lastCompleteAt)}</td><td class="number">${row.ageMs === null ? '\u2013' : ageWords(row.ageMs)}</td>` +
      `<td class="number">${ageWords(row.allowedAgeMs)}</td><td>${escaped(row.reason ?? (row.state === 'fresh' ? 'Complete' : ''))}</td></tr>`,
  )
  .join('\n')}
</tbody>
</table>`;
}

function unpromisedTable({ unpromised }: FreshnessReport): string {
  return `<h2>Tenants without a promise</h2>
<table>
<thead><tr><th scope="col">Tenant</th><th scope="col">Why</th></tr></thead>
<tbody>
${unpromised.map((row) => `<tr><td><bdi>${escaped(row.tenantName)}</bdi></td><td>${escaped(row.sentence)}</td></tr>`).join('\n')}
</tbody>
</table>`;
}

/** `27 Nov 2026, 02:14 UTC`: a month in letters, which no two countries read differently. */
function day(iso: string): string {
  const text = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(instantFromIso(iso));
  return `${text} UTC`;
}

/** Data as text of a page; controls and invisible characters are shown by their code. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replace(
      /[\p{Cc}\p{Cf}]/gu,
      (character) => `\u2423${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`,
    );
}
