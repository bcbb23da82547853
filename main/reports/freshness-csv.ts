import { type FreshnessReport, freshnessWords } from '../../shared/contract/freshness.ts';
import { csvRecord } from '../audit/csv.ts';

/** Columns in this order for good: scripts count them. New ones go to the end. */
const columns = [
  'tenant',
  'tenant_id',
  'policy_type',
  'policy_type_key',
  'state',
  'last_complete_at',
  'age_hours',
  'allowed_age_hours',
  'last_attempt',
  'report_at',
] as const;

const record = (fields: readonly (string | null)[]) => csvRecord(fields, 'comma');

/** The report as CSV that opens in spreadsheets; tenants without any promise are rows without a policy type. */
export function freshnessCsv(report: FreshnessReport): string {
  return [
    `\ufeff${record(columns)}`,
    ...report.rows.map((row) =>
      record([
        row.tenantName,
        row.tenantId,
        row.typeName,
        row.typeKey,
        freshnessWords[row.state].word,
        row.lastCompleteAt,
        row.ageMs === null ? null : hours(row.ageMs),
        hours(row.allowedAgeMs),
        row.reason,
        report.at,
      ]),
    ),
    ...report.unpromised.map(({ tenantName, tenantId, sentence }) =>
      record([tenantName, tenantId, null, null, 'Not promised', null, null, null, sentence, report.at]),
    ),
  ].join('');
}

function hours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}
