/** One side of a comparison. */
export interface ComparedSet {
  tenantId: string;
  backupSetId: string;
}
