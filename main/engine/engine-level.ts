/**
 * The behaviour of this engine on shared rows, as a number. Raise it only when a change would be unsafe next
 * to hosts that do not have it; the database then refuses dispatch, claims and reaping to lower levels.
 */
export const engineLevel = 1;
