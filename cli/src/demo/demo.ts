import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { type EocInboxProcess, forkCameraSimulator, forkEocInbox, type SimulatorProcess } from '@safecity/fixtures';
import { createLogger } from '@safecity/platform';
import { provisionSite } from '@safecity/vms-api';
import { openLog } from '../log-file.js';
import type { Progress } from '../progress.js';
import { checkDataFree, ROLES, type RunningServices, startServices } from '../services.js';
import { type DemoAction, listenForControl } from './control.js';
import { DEMO_USERS, demoPasswords } from './passwords.js';
import { demoPorts } from './ports.js';
import { type DemoSite, loadDemoSite } from './site.js';

export interface DemoOptions {
  dataDir: string;
  port: number;
  /** Ids of the cameras wanted; default all. */
  cameras?: readonly string[];
  natsUrl: string | undefined;
  databaseUrl: string | undefined;
  progress: Progress;
}

export interface RunningDemo {
  services: RunningServices;
  inbox: EocInboxProcess;
  site: DemoSite;
  passwords: Record<string, string>;
  logFile: string;
  stop(): Promise<void>;
}

async function carryOut(
  action: DemoAction,
  cameraId: string | undefined,
  simulator: SimulatorProcess,
  inbox: EocInboxProcess,
  site: DemoSite,
): Promise<string> {
  if (action === 'eoc-off') {
    await inbox.stop();
    return 'the EOC inbox is off: messages wait';
  }
  if (action === 'eoc-on') {
    await inbox.start();
    return 'the EOC inbox is on again';
  }
  const ids = site.cameras.map(({ camera }) => camera.id);
  if (cameraId === undefined || !ids.includes(cameraId))
    throw new SafecityError('CLI_USAGE', `no camera "${cameraId ?? ''}" in this demo: it has ${ids.join(', ')}`);
  if (action === 'camera-on') {
    await simulator.restore(cameraId);
    return `camera ${cameraId} is plugged in again`;
  }
  await simulator.refuse(cameraId, 'hang-up');
  return `camera ${cameraId} is unplugged`;
}

/**
 * Runs the whole product beside simulated cameras and a local EOC inbox. Cameras, decisions and passwords of an earlier
 * run on the same data directory are kept.
 */
export async function startDemo(options: DemoOptions): Promise<RunningDemo> {
  const { dataDir, progress } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  checkDataFree(dataDir);
  const site = await loadDemoSite(progress, options.cameras);
  const ports = await demoPorts(dataDir);
  const passwords = demoPasswords(dataDir);
  const logFile = join(dataDir, 'safecity.log');
  const log = openLog(logFile);
  const simulator = await forkCameraSimulator({
    port: ports.simulator,
    cameras: site.cameras.map(({ camera, clip }) => ({ path: camera.id, clip })),
  });
  let inbox: EocInboxProcess | undefined;
  try {
    inbox = await forkEocInbox({ dataDir: join(dataDir, 'eoc-inbox'), port: ports.eocInbox });
    const services = await startServices({
      ...options,
      roles: ROLES,
      host: '127.0.0.1',
      modelIds: ['nanodet-g'],
      logger: createLogger('safecity', { write: (line) => log.write(line) }),
      log,
      demo: true,
      // The simulated cameras.
      cameraNetworks: '127.0.0.0/8',
      // The inbox of the emergency centre.
      destinationNetworks: '127.0.0.0/8',
      onStep: (step) => progress.step(step),
      beforeRoles: ({ databaseUrl, keyFile }) =>
        provisionSite({
          databaseUrl,
          keyFile,
          site: {
            units: site.units,
            users: DEMO_USERS.map((user) => ({ ...user, password: passwords[user.username] as string })),
            destinations: [
              {
                id: 'eoc-demo',
                name: 'Trung tâm ứng cứu khẩn cấp (diễn tập)',
                url: `http://127.0.0.1:${ports.eocInbox}/cap`,
                mode: 'exercise',
                kinds: ['incident'],
              },
              {
                id: 'police-demo',
                name: 'Công an thành phố (diễn tập)',
                url: `http://127.0.0.1:${ports.eocInbox}/cap`,
                mode: 'exercise',
                centre: 'police',
                automatic: false,
                kinds: ['incident', 'security'],
              },
            ],
            cameras: site.cameras.map(({ camera }) => ({ ...camera, source: { ...camera.source, url: simulator.url(camera.id) } })),
          },
        }),
    });
    const eoc = inbox;
    const control = listenForControl(dataDir, (action, cameraId) => carryOut(action, cameraId, simulator, eoc, site));
    const stop = async () => {
      control.close();
      await services.stop();
      await eoc.close();
      await simulator.close();
    };
    return { services, inbox: eoc, site, passwords, logFile, stop };
  } catch (error) {
    await inbox?.close();
    await simulator.close();
    throw error;
  }
}
