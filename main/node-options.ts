/**
 * Options of Node for every process that may back up. By itself V8 lets the space for young objects grow to 128 MiB on
 * a machine with memory to spare, and never gives it back; a host that reads objects and writes them down is as fast
 * with a quarter of that, and holds 70 MiB less (measured by bench case P5). The launchers in `assets/bin` and the
 * first line of `cli.ts` say the same. Electron's own process has no such option.
 */
export const hostNodeOptions = ['--max-semi-space-size=16'] as const;
