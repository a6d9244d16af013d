import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { SafecityError } from '@safecity/contracts';

/** Name of the setting, for messages. */
const SETTING = 'SAFECITY_CAMERA_NETWORKS';

/** What no stranger's word may lead us to: this machine, its networks, and what has no single host (RFC 6890). */
const NOT_PUBLIC = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...[
    '::/128',
    '::1/128',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    'fc00::/7',
    'fe80::/10',
  ],
  ...['fec0::/10', 'ff00::/8'],
];

function addNetwork(list: BlockList, network: string, setting: string): void {
  const [address = '', bits = '', more] = network.split('/');
  const family = isIP(address);
  const length = Number(bits);
  if (family === 0 || more !== undefined || !/^\d{1,3}$/.test(bits) || length > (family === 4 ? 32 : 128)) {
    throw new SafecityError(
      'PLATFORM_NETWORKS_INVALID',
      `${setting} must be networks such as 10.20.0.0/16 or fd00::/8, separated by commas; got "${network}"`,
    );
  }
  list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
}

function listOf(networks: readonly string[], setting = SETTING): BlockList {
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network, setting);
  return list;
}

/** Protocols whose other end proves its name. */
const NAMED_BY_CERTIFICATE = ['rtsps:', 'https:'];

const notPublic = listOf(NOT_PUBLIC);

/** Addresses that a host name stands for. */
export type Resolve = (host: string) => Promise<string[]>;

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * The networks in which cameras are. Public addresses may always be reached; those of private networks, of this machine and
 * of its links only when a network of the list has them. So nobody who may enter a camera's address reaches our own services
 * through it.
 */
export class CameraNetworks {
  readonly #allowed: BlockList;
  readonly #resolve: Resolve;
  readonly #setting: string;

  private constructor(networks: readonly string[], resolve: Resolve, setting: string) {
    this.#allowed = listOf(networks, setting);
    this.#resolve = resolve;
    this.#setting = setting;
  }

  /**
   * @param text networks in CIDR form, separated by commas; nothing allows no private network
   * @param setting name of the setting, for messages
   * @throws SafecityError `PLATFORM_NETWORKS_INVALID`
   */
  static parse(text: string | undefined, resolve: Resolve = resolveAll, setting = SETTING): CameraNetworks {
    const networks = (text ?? '').split(',').map((network) => network.trim());
    return new CameraNetworks(networks.filter(Boolean), resolve, setting);
  }

  /**
   * Looks up the host of a camera's URL and gives the URL with an address in its place: who connects looks nothing up again,
   * so a name cannot change in between. What is encrypted (`rtsps`, `https`) keeps its name, which its certificate needs.
   * @throws SafecityError `PLATFORM_HOST_UNKNOWN`, `PLATFORM_ADDRESS_REFUSED` when one of its addresses may not be reached
   */
  async pin(url: string): Promise<string> {
    const { hostname, protocol } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const [address = host] = await this.#reachable(host);
    if (NAMED_BY_CERTIFICATE.includes(protocol) || address === host) return url;
    return url.replace(`//${hostname}`, `//${isIP(address) === 6 ? `[${address}]` : address}`);
  }

  /**
   * For the option `lookup` of who connects: gives addresses that may be reached, and fails as `pin` does. A host that is
   * written as an address is never looked up: `pin` checks that one.
   */
  readonly lookup: LookupFunction = (host, { all }, done) => {
    const give = (addresses: string[]) => {
      const found = addresses.map((address) => ({ address, family: isIP(address) }));
      const [first] = found;
      if (all || !first) done(null, found);
      else done(null, first.address, first.family);
    };
    this.#reachable(host).then(give, (error: Error) => done(error, []));
  };

  async #reachable(host: string): Promise<string[]> {
    const addresses = isIP(host) === 0 ? await this.#addressesOf(host) : [host];
    const refused = addresses.find((address) => !this.#mayReach(address));
    if (refused !== undefined) {
      const name = refused === host ? host : `${host} (${refused})`;
      throw new SafecityError(
        'PLATFORM_ADDRESS_REFUSED',
        `${name} is not a public address and in no network of ${this.#setting}: correct it, or have the administrator of the server add the network`,
        { httpStatus: 400 },
      );
    }
    return addresses;
  }

  async #addressesOf(host: string): Promise<string[]> {
    try {
      return await this.#resolve(host);
    } catch (cause) {
      throw new SafecityError('PLATFORM_HOST_UNKNOWN', `the host name "${host}" does not resolve: correct it, or the name server`, {
        httpStatus: 400,
        cause,
      });
    }
  }

  #mayReach(address: string): boolean {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return !notPublic.check(address, family) || this.#allowed.check(address, family);
  }
}
