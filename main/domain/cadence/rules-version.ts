/** Raised whenever `nextSlot` may answer otherwise for an unchanged cadence, so that stored slots are redone. */
export const cadenceRulesVersion = 1;

/** What a stored slot was computed with, such as `tzdata 2026c, cadence 1`. */
export function computedWith(): string {
  return `tzdata ${process.versions.tz ?? 'unknown'}, cadence ${cadenceRulesVersion}`;
}
