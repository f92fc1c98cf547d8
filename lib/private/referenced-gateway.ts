import { Construct } from 'constructs';
import { IStunnerGateway, StunnerGatewayRef } from '../stunner-gateway-ref';
import { label1035, label1123 } from './names';

/** Stands for a Gateway of which only the name is known; renders nothing. */
export class ReferencedGateway extends Construct implements IStunnerGateway {
  public readonly gatewayName: string;
  public readonly gatewayNamespace: string;

  public constructor(scope: Construct, id: string, ref: StunnerGatewayRef) {
    super(scope, id);
    this.gatewayName = label1035('Gateway name', ref.name, this);
    this.gatewayNamespace = label1123('Gateway namespace', ref.namespace, this);
  }

  public hasListener(): boolean {
    return true;
  }

  public admitsRoutesFrom(): boolean {
    return true;
  }

  public gatewayNames(): string[] {
    return [this.gatewayName];
  }
}
