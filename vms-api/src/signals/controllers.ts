import type { CameraConfig } from '@safecity/contracts';
import { reaches, type Scope } from '../accounts/scope.js';
import type { Queryable } from '../database/connection.js';
import { refusal } from '../server/failure.js';

interface CameraOfController {
  id: string;
  unit_id: string;
}

/** Cameras whose signals rest on a controller. */
export async function camerasOf(sql: Queryable, controllerId: string): Promise<CameraOfController[]> {
  const source = { kind: 'controller', controllerId };
  const [asSource, asCheck] = [sql.json({ signals: [{ source }] }), sql.json({ signals: [{ check: source }] })];
  return sql<CameraOfController[]>`
    SELECT id, unit_id FROM cameras WHERE deleted_at_ms IS NULL AND (config @> ${asSource} OR config @> ${asCheck}) ORDER BY id`;
}

const controllersOf = ({ signals }: CameraConfig): string[] =>
  signals.flatMap(({ source, check }) => [source, check].flatMap((one) => (one?.kind === 'controller' ? [one.controllerId] : [])));

/**
 * Who tells a controller's states must hold every unit whose cameras rest on it: naming the controller of others would silence it.
 * @throws SafecityError `API_FORBIDDEN` (403) for a controller that is new to the camera and on which cameras of other units rest
 */
export async function refuseControllersOfOthers(
  sql: Queryable,
  scope: Scope,
  before: CameraConfig | null,
  after: CameraConfig,
): Promise<void> {
  const known = before ? controllersOf(before) : [];
  for (const controllerId of new Set(controllersOf(after).filter((id) => !known.includes(id)))) {
    const strangers = (await camerasOf(sql, controllerId)).filter(({ id, unit_id }) => !reaches(scope, unit_id, id));
    if (strangers.length > 0)
      throw refusal('API_FORBIDDEN', 403, [
        {
          path: '',
          code: 'controller-elsewhere',
          params: { name: controllerId },
          message: `cameras of other units rest on the controller "${controllerId}": ask an administrator of both`,
        },
      ]);
  }
}
