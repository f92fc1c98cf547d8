/** A machine that the image runs on, in the words of OCI, npm and Debian. */
export interface Platform {
  /** OCI image configuration `architecture`, and Debian's. */
  readonly architecture: 'amd64' | 'arm64';
  /** OCI image index `platform.variant`. */
  readonly variant?: string;
  /** As npm packages of binaries are named. */
  readonly npm: 'x64' | 'arm64';
  /** Debian's folder of libraries below `usr/lib`. */
  readonly libraries: string;
  /** Where every binary looks for the dynamic loader, below `usr`. */
  readonly loader: string;
}

export const PLATFORMS: readonly Platform[] = [
  { architecture: 'amd64', npm: 'x64', libraries: 'x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' },
  {
    architecture: 'arm64',
    variant: 'v8',
    npm: 'arm64',
    libraries: 'aarch64-linux-gnu',
    loader: 'lib/ld-linux-aarch64.so.1',
  },
];
