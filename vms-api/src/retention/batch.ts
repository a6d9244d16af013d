import type { Queryable, Transaction } from '../database/connection.js';

/** What one transaction has deleted. */
export interface Batch {
  /** What it was, a line each, for the signed list. Personal data itself never stands in them. */
  lines: string[];
  /** Rows of the class; files are counted by themselves. */
  items: number;
  files: number;
  oldestMs: number | null;
  newestMs: number | null;
  /** Alerts of which every file in the evidence store goes after the commit. */
  alertIds: string[];
}

/** What would go at this moment. */
export interface Preview {
  items: number;
  oldestMs: number | null;
  newestMs: number | null;
}

/** One kind of data that goes by age. */
export interface Sweep {
  /** Deletes some of what is older than `beforeMs` (exclusive); null when nothing is left. */
  batch(transaction: Transaction, beforeMs: number, days: number): Promise<Batch | null>;
  preview(sql: Queryable, beforeMs: number): Promise<Preview>;
}
