import { plainPlate } from '@safecity/contracts';
import type { FastifyRequest } from 'fastify';
import type { ApiServices } from '../services.js';
import { recordAudit } from './audit.js';
import { HourlyViews } from './hourly-views.js';

/** What somebody searches, a plate perhaps among it. */
interface PlateSearch {
  plate?: string;
  /** Words, which find a plate where one was written. */
  text?: string;
  /** Goes on after a page. */
  cursor?: string;
}

/** As plates begin (51F1…) or end (…12345), or all of one's first part (51F). */
const PART_OF_PLATE = /\d{2}[A-Z]{1,2}\d|\d{4}|^\d{2}[A-Z]{1,2}$/;

/** The plate that words look like; undefined: like none. */
function plateIn(text: string | undefined): string | undefined {
  const plain = plainPlate(text ?? '').replaceAll(/[?*]/g, '');
  return PART_OF_PLATE.test(plain) ? plain : undefined;
}

/** Looking for a plate is looking for a person: who did stands in the log, before anything is answered. */
export class PlateSearches {
  readonly #services: ApiServices;
  readonly #views = new HourlyViews();

  constructor(services: ApiServices) {
    this.#services = services;
  }

  /** Records a search for a plate; further pages belong to it, but a cursor may be made up, so one of them at least is recorded in an hour. */
  async record({ identity, ip }: FastifyRequest, search: PlateSearch & Record<string, unknown>): Promise<void> {
    const { plate = plateIn(search.text), cursor, ...filters } = search;
    if (plate === undefined) return;
    const { sql, nowMs } = this.#services;
    const [atMs, subject] = [nowMs(), `plate:${plate}`];
    const { username } = identity;
    const entry = { atMs, actor: username, action: 'plate.searched', subject, detail: filters, address: ip } as const;
    await this.#views[cursor === undefined ? 'begin' : 'record'](username, subject, atMs, () => recordAudit(sql, entry));
  }
}
