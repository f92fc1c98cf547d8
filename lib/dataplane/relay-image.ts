import * as fs from 'node:fs';
import * as path from 'node:path';
import { complaint, reject } from '../private/errors';

/** The name that the image has where nobody gave it another. */
const REPOSITORY = 'cdk8s-stunner/stunnerd';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TAG = /^\w[\w.-]{0,127}$/;
/** `registry.example.com:5000/team/stunnerd`, as OCI's distribution specification has it. */
const NAME = /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+|\/)[a-z0-9]+)*$/;

/** The container image of the relay, in a version that stays what it is. */
export class RelayImage {
  /**
   * An image in a registry.
   *
   * @param repository where it is, without a version, such as `registry.example.com/media/stunnerd`
   * @param version its digest, `sha256:` and 64 hexadecimal digits, which names these very bytes; or its tag, other than
   * `latest`
   * @throws Error if either is not one
   */
  public static fromRegistry(repository: string, version: string): RelayImage {
    if (!NAME.test(repository)) {
      const allowed = 'a repository without tag or digest';
      reject(
        complaint(
          'image repository is not valid',
          repository,
          allowed,
          'write it like "registry.example.com/stunnerd"',
        ),
      );
    }
    if (DIGEST.test(version)) return new RelayImage(`${repository}@${version}`);
    if (!TAG.test(version) || version === 'latest') {
      const allowed = 'a digest, or a tag other than "latest"; or a restart may change the relay';
      reject(complaint('image version is not valid', version, allowed, 'write it like "sha256:…" or "1.2.3"'));
    }
    return new RelayImage(`${repository}:${version}`);
  }

  /**
   * The image in an OCI image layout, such as this project's builder writes, by its digest: the cluster runs what was built,
   * byte for byte, once it has been copied to the repository (`skopeo copy --all oci:FOLDER docker://REPOSITORY`).
   *
   * @param folder the layout, with one image for any number of platforms
   * @param repository where it is copied to; by default `cdk8s-stunner/stunnerd`
   * @throws Error if the folder holds no layout, or not exactly one image
   */
  public static fromLayout(folder: string, repository: string = REPOSITORY): RelayImage {
    const digests = digestsIn(folder);
    const [digest] = digests;
    if (digest === undefined || digests.length > 1) {
      const allowed = 'one, which may be for several platforms';
      reject(complaint('layout has not one image', digests.length, allowed, 'build it anew'));
    }
    if (!DIGEST.test(digest)) {
      reject(complaint('image digest is not valid', digest, 'a SHA-256 digest', 'build the layout anew'));
    }
    return RelayImage.fromRegistry(repository, digest);
  }

  /** @internal */
  public static readonly _DEFAULT = new RelayImage(`${REPOSITORY}:0.1.0`);

  private constructor(
    /** As a container's `image` has it. */
    public readonly reference: string,
  ) {}
}

/** What the index of a layout lists. */
function digestsIn(folder: string): string[] {
  const index = path.join(folder, 'index.json');
  try {
    const { manifests } = JSON.parse(fs.readFileSync(index, 'utf8')) as { manifests: { digest: string }[] };
    return manifests.map(({ digest }) => digest);
  } catch {
    return reject(
      complaint('folder is no OCI image layout', folder, 'one with a readable index.json', 'build the image first'),
    );
  }
}
