import { useQuery } from '@tanstack/react-query';
import { useBridge } from '../../bridge/bridge-context.ts';
import { callProcedure } from '../../queries/use-procedure.ts';

export interface ItemAddress {
  tenantId: string;
  backupSetId: string;
  typeKey: string;
  graphId: string;
}

/** Texts above this many characters are never in the page as a whole. */
const wholeChars = 1_500_000;

/**
 * The text of an item, slice by slice; null where it is too long to be held as a whole. A set never changes, so it is
 * asked for once and kept for as long as it is shown, under a key that no notice of a change touches.
 */
export function useWholeText(item: ItemAddress) {
  const bridge = useBridge();
  return useQuery({
    queryKey: ['set-contents', item.tenantId, item],
    queryFn: async () => {
      let text = '';
      for (let offset: number | null = 0; offset !== null;) {
        const slice: { text: string; nextOffset: number | null; totalChars: number } = await callProcedure(
          bridge,
          'backup-sets.item',
          { ...item, offset },
        );
        if (slice.totalChars > wholeChars) return { text: null, totalChars: slice.totalChars };
        text += slice.text;
        offset = slice.nextOffset;
      }
      return { text, totalChars: text.length };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });
}
