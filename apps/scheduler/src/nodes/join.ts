/** How a machine becomes a node: a token, once, for a certificate. */
import { X509Certificate } from 'node:crypto';
import { AtelierError, type registryProto, type TokenView } from '@atelier/contracts';
import { newId, type Tokens } from '@atelier/store';
import { createJoinToken, hashSecret, verifySecret, type Authority } from '@atelier/trust';
import type { NodeDirectory } from './directory.js';

const tokenLifetimeMs = 3600_000;

export class JoinDesk {
  constructor(
    private readonly authority: Authority,
    private readonly tokens: Tokens,
    private readonly directory: NodeDirectory,
  ) {}

  /** A new token, good for one node and one hour. Its secret is told here and never again. */
  async createToken(): Promise<TokenView> {
    const { id, secret, text } = createJoinToken(this.authority.pin);
    const expiresAt = new Date(Date.now() + tokenLifetimeMs);
    await this.tokens.create({ id, secretHash: hashSecret(secret), usesLeft: 1, expiresAt });
    return { token: text, expiresAt: expiresAt.toISOString() };
  }

  /** Throws `unauthenticated` when the token is not good. */
  async join(request: registryProto.JoinRequest): Promise<registryProto.JoinResponse> {
    await this.checkSecret(request);
    // The same machine without its key: the token is an operator's word for it.
    const known = this.directory.awayWith(request.hardwareId ?? '');
    const id = known?.row.id ?? newId();
    // Signed before the token is used up: a malformed request does not cost the operator a token.
    const certificate = Buffer.from(await this.authority.issue({ role: 'node', id }, request.certificateRequest));
    if (!(await this.tokens.use(request.tokenId)))
      throw new AtelierError('unauthenticated', 'The join token was used already or has expired: ask for a new one.');
    const name = request.nodeName.trim().slice(0, 100) || id;
    const certificateSerial = new X509Certificate(certificate).serialNumber;
    if (known) await this.directory.rejoin(id, certificateSerial);
    else await this.directory.join({ id, name, certificateSerial });
    const authorityCertificate = Buffer.from(new X509Certificate(this.authority.certificatePem).raw);
    return { nodeId: id, certificate, authorityCertificate };
  }

  private async checkSecret({ tokenId, tokenSecret }: registryProto.JoinRequest): Promise<void> {
    const token = await this.tokens.get(tokenId);
    if (!token || !verifySecret(tokenSecret, token.secretHash))
      throw new AtelierError('unauthenticated', 'The join token is none of this farm: make one with `atelier token`.');
  }
}
