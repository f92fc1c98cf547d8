/** How Istio puts a workload into the mesh. Neither way touches UDP: media is protected by DTLS-SRTP, end to end. */
export enum MeshMode {
  /** A proxy in every pod. */
  SIDECAR = 'sidecar',
  /** A proxy on every node. */
  AMBIENT = 'ambient',
}
