import { PortRange } from '../port-range';

const RUN = '/tmp/janus';
const ADMIN_SECRET = '@ADMIN_SECRET@';

/** Configuration files of Janus by name. STUN, TURN and NAT mapping stay unset: the pod's address is the one to offer. */
export function janusFiles(rtpPorts: PortRange): Record<string, string> {
  return {
    'janus.jcfg': [
      'general: {',
      `  admin_secret = "${ADMIN_SECRET}"`,
      '}',
      'media: {',
      `  rtp_port_range = "${rtpPorts.toString()}"`,
      '}',
      'nat: {',
      '  full_trickle = true',
      '  ice_lite = false',
      '  ignore_mdns = true',
      '  ice_enforce_list = "eth0"',
      '}',
      '',
    ].join('\n'),
    'janus.transport.http.jcfg': [
      'general: {',
      '  base_path = "/janus"',
      '  http = true',
      '  port = 8088',
      '}',
      'admin: {',
      '  admin_base_path = "/admin"',
      '  admin_http = true',
      '  admin_ip = "127.0.0.1"',
      '  admin_port = 7088',
      '}',
      '',
    ].join('\n'),
    'janus.transport.websockets.jcfg': ['general: {', '  ws = true', '  ws_port = 8188', '}', ''].join('\n'),
  };
}

/** Starts Janus with an admin secret that nobody else knows. */
export function janusStartScript(configPath: string): string {
  return [
    'set -eu',
    'umask 077',
    `mkdir -p ${RUN}`,
    `head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \\n' > ${RUN}/admin-secret`,
    `cp ${configPath}/*.jcfg ${RUN}/`,
    `sed "s/${ADMIN_SECRET}/$(cat ${RUN}/admin-secret)/" ${configPath}/janus.jcfg > ${RUN}/janus.jcfg`,
    `exec janus -F ${RUN}`,
    '',
  ].join('\n');
}

/** Lets no new session in, and ends with the last one. */
export function janusDrainScript(): string {
  return [
    'ask() {',
    `  curl -sf http://127.0.0.1:7088/admin -H 'Content-Type: application/json' \\`,
    `    -d "{\\"janus\\":\\"$1\\",\\"transaction\\":\\"drain\\",\\"admin_secret\\":\\"$(cat ${RUN}/admin-secret)\\"$2}"`,
    '}',
    `ask accept_new_sessions ',"accept":false'`,
    `while ask list_sessions '' | tr -d ' \\t\\n' | grep -q '"sessions":\\[[0-9]'; do sleep 5; done`,
    '',
  ].join('\n');
}
