import type { BulkResult } from '../../../shared/contract/schedule-bulk.ts';
import type { StandingRow } from '../../../shared/contract/schedule-templates.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { callProcedure } from '../../queries/use-procedure.ts';
import { usePortions } from './use-portions.ts';

/** Lists that say something else once a template was applied, detached, changed or removed. */
export const refreshedByTemplates = ['schedule-templates', 'schedules', 'overview', 'tenants', 'audit'];

/** Applying templates to tenants and detaching schedules from them, with what became of each row. */
export function useTemplateChanges() {
  const bridge = useBridge();
  const { progress, outcome, inPortions, report, dismiss } = usePortions(refreshedByTemplates);

  /** Applies each row's template to its tenant, in the version that the row was judged by. */
  async function apply(rows: readonly StandingRow[], takeOver: boolean): Promise<void> {
    const results: BulkResult[] = [];
    const names: string[] = [];
    for (const group of Map.groupBy(rows, ({ templateId }) => templateId).values()) {
      const { templateId, templateVersion: expectedVersion } = group[0]!;
      names.push(...group.map(({ tenantName }) => tenantName));
      results.push(
        ...(await inPortions(group, (portion) =>
          callProcedure(bridge, 'schedule-templates.apply', {
            templateId,
            expectedVersion,
            takeOver,
            items: portion.map(({ tenantId, schedule }) => ({
              tenantId,
              seenVersion: schedule?.version ?? null,
            })),
          }),
        )),
      );
    }
    report('Applied to', names, results, null);
  }

  async function detach(rows: readonly StandingRow[]): Promise<void> {
    const results = await inPortions(rows, async (portion) => {
      const detached: BulkResult[] = [];
      for (const { tenantId, schedule } of portion) {
        const answer = await bridge.call('schedule-templates.detach', { tenantId, scheduleId: schedule!.id });
        detached.push(
          answer.ok
            ? { ok: true, version: null, createdId: null }
            : { ok: false, code: answer.error.code, message: answer.error.message },
        );
      }
      return { results: detached };
    });
    report(
      'Detached the schedule of',
      rows.map(({ tenantName }) => tenantName),
      results,
      null,
    );
  }

  return { progress, outcome, dismiss, apply, detach };
}

export type TemplateChanges = ReturnType<typeof useTemplateChanges>;
