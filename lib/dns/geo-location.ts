import { complaint, reject } from '../private/errors';

const CONTINENTS = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'];

/** Where clients are, as Route 53 divides the world for geolocation routing. */
export class GeoLocation {
  /**
   * A continent.
   *
   * @param code `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`
   */
  public static continent(code: string): GeoLocation {
    if (!CONTINENTS.includes(code)) {
      reject(complaint('continent is unknown', code, `one of ${CONTINENTS.join(', ')}`, 'correct the code'));
    }
    return new GeoLocation('aws-geolocation-continent-code', code);
  }

  /**
   * A country, which goes before its continent.
   *
   * @param code two letters of ISO 3166-1, such as `DE`
   */
  public static country(code: string): GeoLocation {
    if (!/^[A-Z]{2}$/.test(code)) {
      reject(complaint('country is not valid', code, 'two capital letters of ISO 3166-1', 'write it like "DE"'));
    }
    return new GeoLocation('aws-geolocation-country-code', code);
  }

  /** Everywhere that no other location covers. Without it such clients get no answer at all. */
  public static elsewhere(): GeoLocation {
    return new GeoLocation('aws-geolocation-country-code', '*');
  }

  private constructor(
    private readonly key: string,
    /** The code, or `*` for elsewhere. */
    public readonly code: string,
  ) {}

  /** Whether this is everywhere that no other location covers. */
  public get isElsewhere(): boolean {
    return this.code === '*';
  }

  /**
   * What external-dns is told.
   *
   * @internal
   */
  public get _settings(): Readonly<Record<string, string>> {
    return { [this.key]: this.code };
  }

  /**
   * What sets the record apart from others of its name and region.
   *
   * @internal
   */
  public get _identifier(): string {
    if (this.isElsewhere) return 'elsewhere';
    return `${this.key.includes('continent') ? 'continent' : 'country'}-${this.code.toLowerCase()}`;
  }
}
