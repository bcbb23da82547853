/** An age or an allowed age for people: minutes, then hours up to two days, then days. */
export function ageWords(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 1) return `${Math.floor(ms / 60_000)} min`;
  return hours <= 48 ? `${Math.floor(hours)} h` : `${Math.floor(hours / 24)} days`;
}
